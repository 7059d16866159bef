"""A family of a user's own whose module keeps memory for good, once it has built the second of its networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

_LEAKED: list[np.ndarray] = []
_MEGABYTES = 400
"""More than a quarter of what a worker holds after its first trial."""


def build(config: Mapping[str, Any], shape: tuple[int, int, int], classes: int) -> keras.Model:
    """A network for each ``config["number"]``."""
    if config["number"] == 1:
        _LEAKED.append(np.ones(_MEGABYTES * 2**17))
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes)])
