"""The n-grams of texts at which filters of a convolutional network are strongest (Jacovi et al. 2018)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.data.stages import Pixels
from cnnsearch.inputs.texts.tokenizer import PADDING, Tokenizer
from cnnsearch.networks.embedding import EMBEDDED
from cnnsearch.networks.keras_private import layers_of
from cnnsearch.study.filter_ngrams import FilterNgrams
from cnnsearch.training.ensemble import telling_layer

if TYPE_CHECKING:
    import keras

    from cnnsearch.training.lockstep.running import Running

__all__ = ["judged_texts", "ngrams_of", "strongest_ngrams"]

_TEXTS = 2000
"""Validation texts that are looked at, at most."""

_FILTERS, _NGRAMS = 8, 5
"""That are kept: filters, and n-grams of each."""

_SHOWN = 80
"""Characters of an n-gram at most."""

_AT_ONCE = 2**22
"""Numbers of the maps of a batch at most."""


@dataclass(frozen=True, eq=False)
class _Maps:
    """What the filters of all convolutions make of some texts.

    Attributes:
        maxima: ``(n, f)``, largest value of each filter within a text.
        places: ``(n, f)``, where that is.
        parts: ``(n, f)``, gradient by activation: the part of each filter in the log odds of the class that is told.
        told: ``(n,)`` numbers of these classes.
    """

    maxima: np.ndarray
    places: np.ndarray
    parts: np.ndarray
    told: np.ndarray


def judged_texts(pixels: Pixels, most: int) -> tuple[np.ndarray, Tokenizer] | None:
    """Numbers of the tokens of so many validation texts, ``(n, length)``, and what made them; ``None`` of pictures."""
    if pixels.tokenizer is None:
        return None
    numbers = np.asarray(in_memory(pixels.x_validation))
    return numbers[np.linspace(0, len(numbers) - 1, min(most, len(numbers))).astype(int)], pixels.tokenizer


def strongest_ngrams(trainer: Running, model: keras.Model) -> FilterNgrams | None:
    """Of a trainer's model on its validation texts; ``None`` of pictures and folds, and where no filter sees tokens."""
    found = trainer.judged_texts(_TEXTS)
    return None if found is None else ngrams_of(model, *found)


def ngrams_of(model: keras.Model, numbers: np.ndarray, tokenizer: Tokenizer) -> FilterNgrams | None:
    """Of the filters that have most to do with the answers; ``None`` where there are none, and where no
    text has a token.

    Args:
        model: from numbers of tokens to probabilities, ``(n, classes)``, or of the second of two classes, ``(n, 1)``;
            its last layer makes them of logits.
        numbers: ``(n, length)`` of the texts.
        tokenizer: that made them.
    """
    convolutions, numbers = _of_tokens(model), numbers[(numbers != PADDING).any(axis=1)]
    if not convolutions or not len(numbers):
        return None
    widths = np.concatenate([np.full(each.filters, each.kernel_size[0]) for each in convolutions])
    pieces = list(_maps(model, convolutions, numbers))
    maps = _Maps(*(np.concatenate([getattr(piece, part) for piece in pieces]) for part in _Maps.__annotations__))
    uses = np.abs(maps.parts).mean(axis=0)
    chosen = np.argsort(-uses, kind="stable")[:_FILTERS]
    chosen = chosen[uses[chosen] > 0]
    # What speaks against all classes that are told speaks for one that no text is taken for.
    by_class = np.stack([maps.parts[maps.told == each].sum(axis=0) for each in range(max(2, model.output_shape[-1]))])
    vocabulary, are_words = tokenizer.vocabulary, tokenizer.is_of_words
    found = [
        [
            (Tokenizer.joined([vocabulary[number] for number in ngram], are_words)[:_SHOWN], count)
            for ngram, count in _strongest(maps, numbers, each, int(widths[each]))
        ]
        for each in chosen
    ]
    ngrams, texts = np.zeros((len(chosen), _NGRAMS), f"<U{_SHOWN}"), np.zeros((len(chosen), _NGRAMS), np.int64)
    for row, each in enumerate(found):
        ngrams[row, : len(each)] = [ngram for ngram, _ in each]
        texts[row, : len(each)] = [count for _, count in each]
    shares = uses[chosen] / max(float(uses.sum()), np.finfo(np.float64).tiny)
    return FilterNgrams(widths[chosen], shares, by_class.argmax(axis=0)[chosen], ngrams, texts)


def _of_tokens(model: keras.Model) -> list[keras.layers.Conv1D]:
    """The convolutions that see the vectors of tokens."""
    import keras

    embedded = [layer for layer in layers_of(model) if layer.name == EMBEDDED]
    convolutions = (layer for layer in layers_of(model) if isinstance(layer, keras.layers.Conv1D))
    return [each for each in convolutions if embedded and each.input is embedded[0].output]


def _maps(model: keras.Model, convolutions: Sequence[keras.layers.Conv1D], numbers: np.ndarray) -> Iterator[_Maps]:
    import keras
    import tensorflow as tf

    whole = keras.Model(model.input, [*(each.output for each in convolutions), telling_layer(model).input])
    filters = sum(each.filters for each in convolutions)
    step = max(1, _AT_ONCE // (numbers.shape[1] * filters))
    for first in range(0, len(numbers), step):
        texts = numbers[first : first + step]
        with tf.GradientTape() as tape:
            *maps, logits = whole(texts, training=False)
            logits = tf.cast(logits, tf.float32)
            logits = tf.concat([tf.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
            told = tf.argmax(logits, axis=1)
            is_told = tf.one_hot(told, logits.shape[1], on_value=True, off_value=False)
            # Of probabilities that are 1 in float32 there would be no gradient.
            others = tf.reduce_logsumexp(tf.where(is_told, logits.dtype.min, logits), axis=1)
            odds = tf.boolean_mask(logits, is_told) - others
        parts = [
            tf.reduce_sum(each * slope, axis=1) for each, slope in zip(maps, tape.gradient(odds, maps), strict=True)
        ]
        within = [_within(texts, each.kernel_size[0]) for each in convolutions]
        held = [np.where(seen[..., np.newaxis], each, -np.inf) for each, seen in zip(maps, within, strict=True)]
        yield _Maps(
            np.concatenate([each.max(axis=1) for each in held], axis=1),
            np.concatenate([each.argmax(axis=1) for each in held], axis=1),
            np.concatenate(parts, axis=1).astype(np.float64),
            told.numpy(),
        )


def _within(texts: np.ndarray, width: int) -> np.ndarray:
    """``(n, length)`` booleans: where a window of tokens, of which that place is the middle, holds one of the text."""
    lengths = (texts != PADDING).sum(axis=1)
    return np.asarray(np.arange(texts.shape[1]) < (lengths + _before(width))[:, np.newaxis])


def _before(width: int) -> int:
    """Tokens of a window before its place, as TensorFlow pads to the same length."""
    return (width - 1) // 2


def _strongest(maps: _Maps, numbers: np.ndarray, filter_: int, width: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Different n-grams, and in how many texts the filter is strongest at each."""
    firsts = maps.places[:, filter_] - _before(width)
    seen = [tuple(row[max(0, first) : first + width].tolist()) for row, first in zip(numbers, firsts, strict=True)]
    ngrams = [tuple(number for number in each if number != PADDING) for each in seen]
    counts = Counter(ngrams)
    order = np.argsort(-maps.maxima[:, filter_], kind="stable")
    for ngram in list(dict.fromkeys(ngrams[row] for row in order))[:_NGRAMS]:
        yield ngram, counts[ngram]
