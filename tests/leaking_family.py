"""A family of a user's own whose module takes more and more memory, in the first few processes that import it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

_LEAKED: list[np.ndarray] = []
_MOST = 80
_MEGABYTES = 5
_PROCESSES = 2


def _leak() -> None:
    while len(_LEAKED) < _MOST:
        _LEAKED.append(np.ones(_MEGABYTES * 2**17))
        time.sleep(0.04)


def build(config: Mapping[str, Any], shape: tuple[int, int, int], classes: int) -> keras.Model:
    """``config["folder"]`` is where processes that leak leave their mark."""
    if not _LEAKED and len(list(Path(config["folder"]).iterdir())) < _PROCESSES:
        Path(config["folder"], str(os.getpid())).touch()
        threading.Thread(target=_leak, daemon=True).start()
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes)])
