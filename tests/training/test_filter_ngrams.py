"""Filters that were made to look for something are said to look for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.tokenizer import Tokenizer
from cnnsearch.study.filter_ngrams import FilterNgrams
from cnnsearch.training.filter_ngrams import ngrams_of, strongest_ngrams

TEXTS = ("it was not good", "not good", "so very good", "very good it was", "not bad", "film", "")
TOKENIZER = Tokenizer.trained(TEXTS[:-2], TextForm("words", 100, 6))
NUMBERS = TOKENIZER.numbers(TEXTS)


def number(word: str) -> int:
    return TOKENIZER.vocabulary.index(word)


def network(outputs: int = 2) -> keras.Model:
    """Two filters of two words, 'not good' for the first class and 'very good' for the second, and a dead one."""
    inputs = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(TOKENIZER.size, TOKENIZER.size, name="embedding")(inputs)
    x = keras.layers.Dropout(0.5, name="embedded")(x)
    maps = keras.layers.Conv1D(3, 2, padding="same", activation="relu", name="convolution_1")(x)
    x = keras.layers.GlobalMaxPooling1D()(maps)
    activation = "softmax" if outputs == 2 else "sigmoid"
    logits = keras.layers.Dense(outputs, name="logits")(x)
    model = keras.Model(inputs, keras.layers.Activation(activation, name="output")(logits))
    kernel = np.zeros((2, TOKENIZER.size, 3), np.float32)
    for filter_, words in enumerate((("not", "good"), ("very", "good"))):
        for place, word in enumerate(words):
            kernel[place, number(word), filter_] = 1.0
    model.get_layer("embedding").set_weights([np.eye(TOKENIZER.size, dtype=np.float32)])
    model.get_layer("convolution_1").set_weights([kernel, np.float32([-0.5, -0.5, -1])])
    weights = np.float32([[2, 0], [0, 1], [5, 5]]) if outputs == 2 else np.float32([[-2], [1], [5]])
    model.get_layer("logits").set_weights([weights, np.zeros(outputs, np.float32)])
    return model


@pytest.mark.parametrize("outputs", [1, 2])
def test_filters_are_told_with_what_they_look_for(outputs: int) -> None:
    found = ngrams_of(network(outputs), NUMBERS, TOKENIZER)
    assert found is not None
    assert found.widths.tolist() == [2, 2]
    assert found.classes.tolist() == [0, 1]
    assert (found.ngrams[0, 0], found.texts[0, 0]) == ("not good", 2)
    assert (found.ngrams[1, 0], found.texts[1, 0]) == ("very good", 2)
    assert found.shares[0] > found.shares[1] > 0
    assert found.shares.sum() == pytest.approx(1)
    for ngrams, texts in zip(found.ngrams, found.texts, strict=True):
        assert texts.sum() == 6  # each text that has a token is strongest somewhere
        assert [bool(ngram) for ngram in ngrams] == [bool(count) for count in texts]


@pytest.mark.parametrize("told", [0, 1])
def test_of_a_network_that_is_sure_of_one_class_filters_speak_for_it_or_for_the_other(told: int) -> None:
    model = network()
    weights, bias = np.float32([[2, 0], [0, 1], [5, 5]]), np.zeros(2, np.float32)
    bias[told] = 40  # so that all probabilities are 0 or 1
    model.get_layer("logits").set_weights([weights, bias])
    found = ngrams_of(model, NUMBERS, TOKENIZER)
    assert found is not None
    assert found.classes.tolist() == [0, 1]
    assert found.shares.sum() == pytest.approx(1)


def test_a_part_of_a_batch_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ngrams_of(network(), NUMBERS, TOKENIZER)
    monkeypatch.setattr("cnnsearch.training.filter_ngrams._AT_ONCE", 6 * 3 * 2)
    parts = ngrams_of(network(), NUMBERS, TOKENIZER)
    assert whole is not None
    assert parts is not None
    for name, array in whole.arrays.items():
        assert array.tolist() == parts.arrays[name].tolist()


def test_of_other_networks_and_of_pictures_there_are_none() -> None:
    inputs = keras.Input((6,), dtype="int32")
    other = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Embedding(50, 4)(inputs)[:, 0]))
    assert ngrams_of(other, NUMBERS, TOKENIZER) is None
    assert ngrams_of(network(), NUMBERS[-1:], TOKENIZER) is None
    trainer: Any = SimpleNamespace(judged_texts=lambda _: None)
    assert strongest_ngrams(trainer, network()) is None


def test_what_was_kept_is_read_again_or_refused() -> None:
    found = ngrams_of(network(), NUMBERS, TOKENIZER)
    assert found is not None
    assert FilterNgrams.of({}) is None
    again = FilterNgrams.of({"other": np.zeros(1), **found.arrays})
    assert again is not None
    assert again.ngrams.tolist() == found.ngrams.tolist()
    for name, wrong in (("shares", found.shares[:1]), ("ngrams", found.ngrams[0]), ("classes", found.shares)):
        with pytest.raises(ValueError, match="n-grams"):
            FilterNgrams.of({**found.arrays, f"filter_{name}": wrong})


def test_tokens_of_both_kinds_are_joined_as_people_read_them() -> None:
    assert Tokenizer.joined(["not", "[UNK]", "good"], are_words=True) == "not ? good"
    assert Tokenizer.joined(["▁not", "▁go", "od", "!"], are_words=False) == "not good!"
    assert Tokenizer.joined(["rea", "ding"], are_words=False) == "reading"
