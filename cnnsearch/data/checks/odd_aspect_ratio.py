"""Pictures that are long and narrow."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import PictureCheck
from cnnsearch.data.checks.examined import Examined

__all__ = ["CHECK"]

_RATIO = 0.35
"""Of the shorter to the longer side (as of CleanVision)."""


def _odd(examined: Examined) -> np.ndarray:
    sizes = examined.dataset.pictures.sizes
    narrow: np.ndarray = sizes.min(axis=1) < _RATIO * sizes.max(axis=1)
    return narrow


CHECK = PictureCheck(
    "odd_aspect_ratio",
    _odd,
    "long and narrow",
    "where all get one size such a picture is distorted, or letterboxed small",
)
