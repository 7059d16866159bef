"""Which tokens of a text an answer rests on: what it loses where one after the other is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.data.stages import Pixels
from cnnsearch.inputs.texts.texts import SHOWN
from cnnsearch.inputs.texts.tokenizer import PADDING, Tokenizer
from cnnsearch.study.hidden_tokens import MOST, HiddenTokens
from cnnsearch.tasks.contract.predictions import Predictions

if TYPE_CHECKING:
    import keras

    from cnnsearch.tasks.labelled.predictions import Labelled
    from cnnsearch.training.lockstep.running import Running

__all__ = ["WorstTexts", "losses_of_hidden", "worst_hidden"]

_AT_ONCE = 256
"""Texts in a batch at most."""

_PAIRS = 2**22
"""Pairs of tokens in a batch at most: attention holds some numbers for each."""


@dataclass(frozen=True, eq=False)
class WorstTexts:
    """Texts about which a model is most surely wrong.

    Attributes:
        places: ``(n,)`` among the predictions.
        numbers: ``(n, length)`` of their tokens.
        classes: ``(n,)`` numbers of the classes that were decided.
        tokenizer: which made the tokens.
    """

    places: np.ndarray
    numbers: np.ndarray
    classes: np.ndarray
    tokenizer: Tokenizer

    @classmethod
    def of(cls, pixels: Pixels, predictions: Predictions | None, most: int) -> WorstTexts | None:
        """Of the predictions of the validation split; ``None`` where there are none to tell, and of pictures."""
        if pixels.tokenizer is None or predictions is None:
            return None
        places = np.array([worst.position for worst in predictions.mistakes(most, pixels.names).worst], int)
        if not len(places):
            return None
        numbers = np.asarray(in_memory(pixels.x_validation))[places]
        decided = cast("Labelled", predictions).decided[places]  # of texts nothing but classes is learnt
        return cls(places, numbers, decided, pixels.tokenizer)


def worst_hidden(trainer: Running, model: keras.Model) -> HiddenTokens | None:
    """What the answers of a trainer's model about its worst texts rest on, as far as texts are shown; of pictures
    nothing."""
    found = trainer.worst_texts(MOST)
    if found is None:
        return None
    hides = found.tokenizer.beginning(found.numbers, SHOWN)
    return HiddenTokens(found.places, losses_of_hidden(model, found.numbers, found.classes, hides))


def losses_of_hidden(model: keras.Model, numbers: np.ndarray, classes: np.ndarray, hides: np.ndarray) -> np.ndarray:
    """``(n, length)`` float32: what hiding a token takes from the probability of the class that is told.

    Occlusion (Zeiler and Fergus 2014, section 4.2) with the token behind the end of a text, which every network of
    texts has learnt to be nothing. Below 0 the token speaks against the class; 0 where none is hidden.

    Args:
        model: from numbers of tokens to probabilities, ``(n, classes)``, or of the second of two classes, ``(n, 1)``.
        numbers: ``(n, length)`` of the texts.
        classes: ``(n,)`` that are told: of two, the threshold need not be a half.
        hides: ``(n, length)`` booleans, which tokens are hidden, one after the other.
    """
    found = np.zeros(numbers.shape, np.float32)
    told = _probabilities(model, numbers)
    texts, places = np.nonzero(hides)
    for part in _parts(len(texts), numbers.shape[1]):
        of, hidden = texts[part], places[part]
        rows = numbers[of]
        rows[np.arange(len(of)), hidden] = PADDING
        left = _probabilities(model, rows)[np.arange(len(of)), classes[of]]
        found[of, hidden] = told[of, classes[of]] - left
    return found


def _probabilities(model: keras.Model, numbers: np.ndarray) -> np.ndarray:
    """``(n, classes)``; not compiled, as few texts are asked for once."""
    parts = [np.asarray(model(numbers[part], training=False)) for part in _parts(*numbers.shape)]
    found = np.concatenate(parts).astype(np.float32)
    return np.concatenate([1 - found, found], axis=1) if found.shape[1] == 1 else found


def _parts(texts: int, length: int) -> list[slice]:
    """Texts of so many tokens, some at a time."""
    step = min(_AT_ONCE, max(1, _PAIRS // length**2))
    return [slice(first, first + step) for first in range(0, texts, step)]
