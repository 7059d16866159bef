"""Blank pictures, and texts that say nothing."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import OddTexts, PictureCheck
from cnnsearch.data.checks.examined import Examined

__all__ = ["CHECK"]

_FLAT = 4
"""Of 255: brightness varies by less in a picture that shows nothing."""


def _odd(examined: Examined) -> np.ndarray:
    flat: np.ndarray = examined.traits["high"].astype(int) - examined.traits["low"] < _FLAT
    return flat


def _empty(examined: Examined) -> np.ndarray:
    return np.array([not any(map(str.isalnum, text)) for text in examined.texts], dtype=bool)


CHECK = PictureCheck(
    "low_information",
    _odd,
    "nearly of one colour",
    "there is nothing to learn from such a picture",
    OddTexts(_empty, "without a letter or digit", "there is nothing to learn from such a text"),
)
