"""Trials of texts: the numbers of ``fit``, programs that are used again, and models that know their vocabulary."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.data.sources.sentences import made_sentences
from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import unknown_share
from cnnsearch.inputs.texts.tokenizer import Tokenizer
from cnnsearch.scripts.family import family_code
from cnnsearch.scripts.recipe import recipe_of
from cnnsearch.serving.string_model import WordNumbers, export_of_strings
from cnnsearch.tasks.binary.predictions import BinaryPredictions
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.hidden_tokens import WorstTexts, losses_of_hidden
from cnnsearch.training.model_file import load_model, save_model, tokenizer_of
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer
from cnnsearch.training.vocabulary import Vocabulary

SCALING = Scaling(np.ones(1, np.float32), np.zeros(1, np.float32), 0.0, 1.0)
CONFIGS: dict[str, dict[str, Any]] = {
    "parallel": {"arrangement": "parallel", "kernel_count": 2},
    "chain": {"arrangement": "chain", "conv_blocks": 2},
    "one width": {"kernel_count": 1, "dense_layers": 1, "units": 5},
}
OF_TRANSFORMERS: dict[str, dict[str, Any]] = {
    "learned positions": {"token_pooling": "attention"},
    "sines and a class token": {"token_pooling": "class_token", "positions": "sine"},
}
NETWORKS = {
    **{name: ("text_cnn", config) for name, config in CONFIGS.items()},
    **{name: ("text_transformer", config) for name, config in OF_TRANSFORMERS.items()},
}


SHARED = {"embedding_size": 6, "text_length": 12, "batch_size": 16}
OWN = {"text_cnn": {"filters": 4}, "text_transformer": {"width": 8, "heads": 2, "depth": 1}}
SMALL = {**SHARED, **OWN["text_cnn"]}


def small(name: str) -> dict[str, Any]:
    """A whole config of one of the networks."""
    model, config = NETWORKS[name]
    return {**SHARED, **OWN[model], **config}


def experiment(model: str = "text_cnn", **space: Any) -> Experiment:
    space = {**SHARED, **OWN[model], **space}
    return Experiment(name="a", dataset="sentences", model=model, epochs=3, start="none", space=space)


@functools.cache
def pixels(tokens: str) -> Pixels:
    texts, labels = made_sentences(120)
    names = tuple(sorted(set(labels.tolist())))
    y = np.array([names.index(label) for label in labels], np.int32)
    tokenizer = Tokenizer.trained(texts[:80], TextForm(tokens, 10_000, 12))
    x = tokenizer.numbers(texts)
    return Pixels(x[:80], y[:80], x[80:], y[80:], names, tokenizer=tokenizer)


def trained(config: dict[str, Any], tokens: str = "words", programs: Any = None, feeds: Any = None) -> Trainer:
    config = {**SMALL, **config, "tokens": tokens}
    trainer = Trainer(experiment(**config), config, pixels(tokens), SCALING, 3, programs, feeds)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


@pytest.mark.parametrize("name", NETWORKS)
def test_it_builds_what_it_counts(name: str) -> None:
    (model, config), data = NETWORKS[name], pixels("words")
    searched = experiment(model, **config)
    assert "texts" in searched.family.takes
    filled = data.suited(searched.filled(small(name)))
    built = find_family(model).build(filled, (12,), 4, 1.0, 0.0)
    assert built.count_params() == find_family(model).count(filled, (12,), 4) > 0
    assert find_family(model).cost(filled, (12,), 4)["parameters"] == built.count_params()


@pytest.mark.parametrize("pooling", ["average", "attention", "class_token"])
def test_what_stands_behind_the_end_of_a_text_makes_no_difference(pooling: str) -> None:
    config = experiment("text_transformer").filled({**small("learned positions"), "token_pooling": pooling})
    long, short = (
        find_family("text_transformer").build({**config, "vocabulary_size": 9}, (length,), 4, 1.0, 0.0)
        for length in (7, 4)
    )
    weights = [
        weight[: 4 + (pooling == "class_token")]
        if weight.shape[0] in (7, 8) and weight.ndim == 2 and weight.shape[1] == 8 and name.endswith("bias")
        else weight
        for weight, name in ((each.numpy(), each.path) for each in long.weights)
    ]
    short.set_weights(weights)
    texts = np.array([[3, 4, 5, 6, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0], [0] * 7], np.int32)
    given = long(texts).numpy()
    assert given[:2] == pytest.approx(short(texts[:2, :4]).numpy(), abs=1e-5)
    assert np.isfinite(given).all()
    assert not np.allclose(given[0], given[1], atol=1e-6)


def test_what_the_vocabulary_does_not_know_is_told() -> None:
    trainer = Trainer(experiment(), SMALL, pixels("words"), SCALING, 3)
    assert trainer.cost["unknown_tokens"] == unknown_share(pixels("words").x_validation)
    notes = [Vocabulary(9, unknown).notes for unknown in (0.31, 0.12, 0.19, 0.09)]
    assert [Vocabulary(9, 0.0, 1, full).notes for full in (0.49, 0.5)] == [
        (),
        (
            "half of the validation texts or more have 1 token or more, and nothing behind these is read: a larger "
            "text_length reads on",
        ),
    ]
    assert notes[0] != notes[1] == notes[2] != notes[3] == ()


SLOW = pytest.mark.exhaustive  # its layers are those of the other transformer, but for where its tokens stand


@pytest.mark.parametrize(
    "name", ["parallel", "chain", "learned positions", pytest.param("sines and a class token", marks=SLOW)]
)
def test_a_trial_gives_the_numbers_of_fit(name: str) -> None:
    (family, config), data = NETWORKS[name], pixels("words")
    searched = experiment(family, **config)
    trainer = Trainer(searched, small(name), data, SCALING, 3)
    model = keras.models.clone_model(trainer._program.model)
    model.set_weights(trainer._program.model.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, run_eagerly=True)
    for epoch in range(2):
        ours = trainer.run_epoch()
        assert ours is not None
        order = trainer.feed.rows(3, epoch)
        of_fit = model.fit(data.x_train[order], data.y_train[order], batch_size=16, shuffle=False, verbose=0)
        assert ours.values["loss"] == pytest.approx(of_fit.history["loss"][0], abs=1e-4)
        judged = model.evaluate(data.x_validation, data.y_validation, verbose=0)
        assert ours.values["val_loss"] == pytest.approx(judged, abs=1e-4)


def test_words_and_subwords_of_one_length_are_not_taken_for_each_other() -> None:
    programs, feeds = Programs(), Feeds()
    config = {"embedding_dropout": 0.1}
    kept = [trained(config, tokens, programs, feeds).epochs for tokens in ("words", "subwords", "words")]
    alone = [trained(config, tokens).epochs for tokens in ("words", "subwords")]
    values = [[epoch.values for epoch in epochs] for epochs in (*kept, *alone)]
    assert values[0] == values[2] == values[3] != values[1] == values[4]
    assert programs.compiled == 2


@pytest.mark.parametrize("tuned", [False, True])
def test_an_embedding_begins_with_vectors_and_is_tuned_or_not(tuned: bool) -> None:
    data = pixels("words")
    assert data.tokenizer is not None
    vectors = np.full((data.tokenizer.size, 5), np.nan, np.float32)
    vectors[5:20] = 0.5
    config = {**small("one width"), "word_vectors": "a file", "tune_vectors": tuned}
    space = {name: value for name, value in config.items() if name != "embedding_size"}
    searched = Experiment(name="a", dataset="sentences", model="text_cnn", epochs=3, start="none", space=space)
    programs = Programs()
    begun = []
    for _ in range(2):  # the second time in a program that has trained
        trainer = Trainer(searched, config, replace(data, vectors=vectors), SCALING, 3, programs)
        begun.append(trainer._program.model.get_layer("embedding").embeddings.numpy())
        trainer.run_epoch()
    assert programs.compiled == 1
    assert (begun[0] == begun[1]).all()
    assert (begun[0][5:20] == 0.5).all()
    assert not (begun[0][20:] == 0.5).any()
    exported = trainer.export().get_layer("embedding").embeddings.numpy()
    assert (exported == begun[0]).all() == (not tuned)
    assert trainer.cost["with_vectors"] == pytest.approx(15 / (data.tokenizer.size - 2))
    assert trainer.cost["vector_size"] == 5
    assert (trainer.cost["parameters"], bool(trainer.notes)) == (trainer.export().count_params(), True)


WRITTEN = (
    "The film wasn't good, ΟΔΟΣ!",
    "مرحبا بالعالم",
    "日本語 hello",
    "नमस्ते दुनिया",
    "",
    "می‌خواهم",
    "a'b’c 'q' x\x01\x02y",
    "Việt Ngữ 각하 が a≠b",
    "مُحَمَّد",
    "so 😀👍🏽 ❤️ 👨\u200d👩 ©",
)
PARTS = [*WRITTEN, *(unicodedata.normalize("NFD", each) for each in WRITTEN)]
OTHERS = [" ", "'", "\n", "Straße", "É", "ab日cd", "İ", "ê\u0301", "\u0651\u064e", "\u064e\u0651", "\u0338", "a\0b"]
PIECES = st.lists(st.sampled_from([*PARTS, *"".join(PARTS), *OTHERS]), max_size=8)


@given(st.lists(PIECES.map("".join), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None)
def test_tensorflow_numbers_words_as_the_tokenizer_does(texts: list[str]) -> None:
    made = Tokenizer.trained([*WRITTEN, *texts[:4]], TextForm("words", 100, 9))
    assert WordNumbers(made)(texts).numpy().tolist() == made.numbers(texts).tolist()


def test_tensorflow_reads_letters_as_the_tokenizer_does_in_whatever_form_and_order() -> None:
    (composed,) = texts = ["việt ngữ 각하 が مُحَمَّد a b ά ὁδόσ i\u0307 pad"]
    forms = [
        unicodedata.normalize("NFD", composed),
        "ViÊ\u0323t",
        "مُحَم\u0651\u064eد",
        "a=\u0338b",
        "İ",
        "a\0b",
        "[PAD]",
    ]
    made = Tokenizer.trained(texts, TextForm("words", 100, 12))
    found = WordNumbers(made)(forms).numpy()
    assert found.tolist() == made.numbers(forms).tolist()
    assert 1 not in found


def test_an_exported_model_of_words_takes_strings(tmp_path: Path) -> None:
    data = pixels("words")
    assert data.tokenizer is not None
    assert data.tokenizer.is_of_words
    model = find_family("text_cnn").build(data.suited(experiment().filled(small("one width"))), (12,), 4, 1.0, 0.0)
    export_of_strings(model, data.tokenizer, tmp_path / "model")
    texts, _ = made_sentences(120)
    signatures = tf.saved_model.load(tmp_path / "model").signatures
    (told,) = signatures["serving_default"](texts=tf.constant(texts[80:])).values()
    assert told.numpy() == pytest.approx(tiny.answers(model, data.x_validation), abs=1e-5)
    (again,) = signatures["numbers"](numbers=tf.constant(data.x_validation)).values()
    assert again.numpy() == pytest.approx(told.numpy(), abs=1e-5)


@pytest.mark.parametrize("name", ["parallel", "sines and a class token"])
def test_a_script_builds_the_network_of_the_trial(name: str, tmp_path: Path) -> None:
    (model, _), data = NETWORKS[name], pixels("words")
    config = {**small(name), "dropout": 0.25}
    searched = Experiment(name="a", dataset="sentences", model=model, space=config)
    names_of = {**environment(), "names": list(data.names)}
    study = write_study(tmp_path, searched, [SyntheticTrial("COMPLETED", [0.9], config)], names_of)
    for known in (data.tokenizer.size, None) if data.tokenizer else ():
        line = replace(study.records[0], cost={"tokens": known} if known else {})
        recipe = replace(recipe_of(study, 0), record=line)
        found = family_code(recipe).model(recipe)
        assert bool(found.beyond) is (known is None)
        names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "np": np, "CLASSES": 4}
        text = "\n".join([*found.definitions, "def build_model(x_train):", *(f"    {line}" for line in found.lines)])
        exec(text, names)
        built = names["build_model"](data.x_train)
        filled = {**study.experiment.filled(config), "vocabulary_size": known or 10_000}
        assert built.count_params() == find_family(model).count(filled, (12,), 4)
    assert "numbers of tokens, (n, 12)" in " ".join(study.code(0).split())


@pytest.mark.parametrize("known", [True, False])
def test_a_script_has_the_size_of_the_vectors_of_a_file(known: bool, tmp_path: Path) -> None:
    config = {"word_vectors": "a.vec", "tune_vectors": False}
    searched = Experiment(name="a", dataset="sentences", model="text_cnn", start="none", space=config)
    study = write_study(tmp_path, searched, [SyntheticTrial("COMPLETED", [0.9], config)], environment())
    cost = {"tokens": 40.0, **({"vector_size": 7.0} if known else {})}
    recipe = replace(recipe_of(study, 0), record=replace(study.records[0], cost=cost))
    found = family_code(recipe).model(recipe)
    assert f"layers.Embedding(40, {7 if known else 64}, trainable=False)(x)" in "\n".join(map(str, found.lines))
    assert ["and stays so" in each or "have 64" in each for each in found.beyond] == [True] * (1 if known else 2)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras, when it saves
def test_a_model_keeps_its_vocabulary(tmp_path: Path) -> None:
    trainer, data = trained(CONFIGS["parallel"]), pixels("words")
    path = tmp_path / "model.keras"
    save_model(trainer.export(), path)
    loaded = load_model(path, trainer.experiment, {}, names=data.names)
    assert tokenizer_of(path) == data.tokenizer
    assert trainer.predictions is not None
    judged = tiny.answers(loaded, data.x_validation).argmax(axis=1)
    assert (judged == data.y_validation).mean() == pytest.approx(trainer.predictions.scores(["accuracy"])["accuracy"])
    assert trainer.cost["parameters"] == sum(np.size(weight) for weight in loaded.get_weights())
    worst = trainer.worst_texts(4)
    assert worst is not None
    np.testing.assert_array_equal(worst.numbers, data.x_validation[worst.places])
    hidden = losses_of_hidden(loaded, worst.numbers, worst.classes, worst.numbers != 0)
    assert (hidden[worst.numbers == 0] == 0).all()
    assert np.abs(hidden).max() > 0


@pytest.mark.parametrize("classes", [1, 2])
def test_what_hiding_a_token_takes_from_the_answer(classes: int) -> None:
    """Token 5 speaks for the second class and token 7 against it, whatever stands beside them."""

    def model(numbers: np.ndarray, training: bool) -> np.ndarray:
        assert not training
        of_second = 0.5 + 0.25 * (numbers == 5).any(axis=1) - 0.125 * (numbers == 7).any(axis=1)
        return (np.stack([1 - of_second, of_second], axis=1) if classes == 2 else of_second[:, np.newaxis]).astype("f4")

    numbers = np.int32([[5, 3, 7, 0], [7, 2, 0, 0], [5, 5, 2, 3], [7, 5, 0, 0], [0, 0, 0, 0]])
    hides = numbers != 0
    hides[3, 1] = False
    # The last two are told where the threshold lies beyond what they get, so that theirs is not the likelier class.
    told = losses_of_hidden(model, numbers, np.array([1, 0, 1, 0, 1]), hides)  # type: ignore[arg-type]
    expected = [[0.25, 0, -0.125, 0], [0.125, 0, 0, 0], [0, 0, 0, 0], [0.125, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(told, expected, atol=1e-6)


def test_long_texts_are_hidden_in_a_few_at_a_time_as_attention_holds_all_pairs() -> None:
    sizes = []

    def model(numbers: np.ndarray, training: bool) -> np.ndarray:  # noqa: ARG001
        sizes.append(len(numbers))
        return np.full((len(numbers), 2), 0.5, np.float32)

    numbers = np.ones((3, 1000), np.int32)
    losses_of_hidden(model, numbers, np.zeros(3, int), np.arange(1000) < np.full((3, 1), 2))  # type: ignore[arg-type]
    assert sizes == [3, 4, 2]


def test_the_words_of_a_mistake_are_those_of_the_class_that_the_threshold_decided() -> None:
    labels = np.zeros(len(pixels("words").x_validation), int)
    predictions = BinaryPredictions(labels, np.linspace(0, 0.4, len(labels), dtype=np.float32), 0.3)
    worst = WorstTexts.of(pixels("words"), predictions, 2)
    assert worst is not None
    assert worst.classes.tolist() == [1, 1]
