"""Dark pictures."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.checks.check import PictureCheck
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.checks.low_information import CHECK as BLANK

__all__ = ["CHECK"]

_BRIGHT = 48
"""Of 255: a picture is dark where 99 of 100 points of it are darker."""


def _odd(examined: Examined) -> np.ndarray:
    dark: np.ndarray = (examined.traits["bright"] < _BRIGHT) & ~BLANK.odd(examined)
    return dark


CHECK = PictureCheck("dark", _odd, "dark all over", "what such a picture shows is hard to see")
