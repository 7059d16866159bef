"""Grey pictures among coloured ones."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import PictureCheck
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.checks.low_information import CHECK as BLANK

__all__ = ["CHECK"]

_TINT = 3
"""Of 255: so far apart are the channels of a grey picture at most, after it was compressed."""


def _odd(examined: Examined) -> np.ndarray:
    if examined.dataset.pictures.channels != 3:
        return np.zeros(len(examined), bool)
    grey: np.ndarray = (examined.traits["tint"] <= _TINT) & ~BLANK.odd(examined)
    return grey


CHECK = PictureCheck(
    "grayscale", _odd, "grey among coloured ones", "a class that has more of them may be known by that alone"
)
