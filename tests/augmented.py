"""Pictures and augmentation for tests of what it does to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.augmentation import Augmentation

SEED = (3, 4)


def make(range_: tuple[float, float] = (0.0, 255.0), **values: Any) -> Augmentation:
    """With exactly the parameters of ``values`` active."""
    active = frozenset(values) - {"fill_mode"}
    settings = {"random_flip": "none", "fill_mode": "reflect", **values}
    return Augmentation(active, settings, {name: settings[name] for name in active - {"random_flip"}}, range_)


def pictures(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


def run(augmentation: Augmentation, x: np.ndarray, seed: tuple[int, int] = SEED) -> np.ndarray:
    import tensorflow as tf

    return augmentation(tf.constant(x), tf.constant(seed)).numpy()  # type: ignore[no-any-return]
