"""Extremely small pictures, and extremely long texts."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import OddTexts, PictureCheck
from cnnsearch.data.checks.examined import Examined

__all__ = ["CHECK"]

_SHARE = 1 / 16
"""Of the pixels that the median picture has."""


def _odd(examined: Examined) -> np.ndarray:
    pixels = examined.dataset.pictures.sizes.astype(np.float64).prod(axis=1)
    small: np.ndarray = pixels < _SHARE * np.median(pixels)
    return small


def _long(examined: Examined) -> np.ndarray:
    lengths = np.array([len(text) for text in examined.texts])
    long: np.ndarray = lengths > np.median(lengths) / _SHARE
    return long


CHECK = PictureCheck(
    "odd_size",
    _odd,
    "far smaller than the others",
    "such a picture is blurred where it is enlarged",
    OddTexts(_long, "more than 16 times as long as half of the others", "text_length cuts off their ends"),
)
