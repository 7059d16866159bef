"""Extremely small pictures."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import PictureCheck
from cnnsearch.data.checks.examined import Examined

__all__ = ["CHECK"]

_SHARE = 1 / 16
"""Of the pixels that the median picture has."""


def _odd(examined: Examined) -> np.ndarray:
    pixels = examined.dataset.pictures.sizes.astype(np.float64).prod(axis=1)
    small: np.ndarray = pixels < _SHARE * np.median(pixels)
    return small


CHECK = PictureCheck("odd_size", _odd, "far smaller than the others", "such a picture is blurred where it is enlarged")
