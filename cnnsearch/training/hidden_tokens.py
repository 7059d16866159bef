"""Which tokens of a text an answer rests on: what it loses where one after the other is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.inputs.texts.tokenizer import PADDING
from cnnsearch.study.hidden_tokens import MOST, HiddenTokens

if TYPE_CHECKING:
    import keras

    from cnnsearch.training.lockstep.running import Running

__all__ = ["losses_of_hidden", "worst_hidden"]

_AT_ONCE = 256
"""Texts in a batch."""


def worst_hidden(trainer: Running, model: keras.Model) -> HiddenTokens | None:
    """What the answers of a trainer's model about its worst texts rest on; of pictures nothing."""
    found = trainer.worst_texts(MOST)
    if found is None:
        return None
    places, numbers = found
    return HiddenTokens(np.array(places), losses_of_hidden(model, numbers))


def losses_of_hidden(model: keras.Model, numbers: np.ndarray) -> np.ndarray:
    """``(n, length)`` float32: what hiding a token takes from the probability of the class that is told.

    Occlusion (Zeiler and Fergus 2014, section 4.2) with the token behind the end of a text, which every network of
    texts has learnt to be nothing. Below 0 the token speaks against the class; 0 where there is none.

    Args:
        model: from numbers of tokens to probabilities, ``(n, classes)``, or of the second of two classes, ``(n, 1)``.
        numbers: ``(n, length)`` of the texts.
    """
    found = np.zeros(numbers.shape, np.float32)
    told = _probabilities(model, numbers)
    classes = told.argmax(axis=1)
    texts, places = np.nonzero(numbers != PADDING)
    for at in range(0, len(texts), _AT_ONCE):
        of, hidden = texts[at : at + _AT_ONCE], places[at : at + _AT_ONCE]
        rows = numbers[of].copy()
        rows[np.arange(len(of)), hidden] = PADDING
        left = _probabilities(model, rows)[np.arange(len(of)), classes[of]]
        found[of, hidden] = told[of, classes[of]] - left
    return found


def _probabilities(model: keras.Model, numbers: np.ndarray) -> np.ndarray:
    """``(n, classes)``; not compiled, as few texts are asked for once."""
    parts = [np.asarray(model(numbers[at : at + _AT_ONCE], training=False)) for at in range(0, len(numbers), _AT_ONCE)]
    found = np.concatenate(parts).astype(np.float32)
    return np.concatenate([1 - found, found], axis=1) if found.shape[1] == 1 else found
