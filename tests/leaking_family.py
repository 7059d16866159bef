"""A family of a user's own whose module takes more and more memory, up to a limit, and never gives it back."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

_LEAKED: list[np.ndarray] = []
_MOST = 80
_MEGABYTES = 5


def _leak() -> None:
    while len(_LEAKED) < _MOST:
        _LEAKED.append(np.ones(_MEGABYTES * 2**17))
        time.sleep(0.04)


def build(config: Mapping[str, Any], shape: tuple[int, int, int], classes: int) -> keras.Model:  # noqa: ARG001
    if not _LEAKED:
        threading.Thread(target=_leak, daemon=True).start()
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes)])
