"""The small pictures of two classes: the first of :mod:`tiny` against the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny

__all__ = ["PIXELS"]

PIXELS = replace(
    tiny.PIXELS,
    y_train=(tiny.PIXELS.y_train > 0).astype(np.int32),
    y_validation=(tiny.PIXELS.y_validation > 0).astype(np.int32),
    names=("first", "others"),
)
