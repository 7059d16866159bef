"""Recalibration: batch normalisation by what a network gives now, after it has lost filters.

It remembers mean and variance of what came before. Training brings these along, but slowly: at the momentum of Keras,
0.99, a hundred steps leave a third of what they were, and a network of few pictures is judged by statistics of one
that is not there any more. So they are computed anew first (Li et al. 2020, EagleEye).
"""

from __future__ import annotations

import keras
import numpy as np

from cnnsearch.cache.rows import Rows, in_memory
from cnnsearch.networks.keras_private import layers_of

__all__ = ["recalibrate"]

_PICTURES = 512
"""That tell the statistics: of each channel these are numbers at many places."""

_BATCH = 64


def recalibrate(model: keras.Model, x: np.ndarray | Rows, seed: int) -> None:
    """Let batch normalisation remember what it sees on some training inputs, and nothing from before.

    Args:
        model: from inputs at rest on; its layers of batch normalisation are changed.
        x: ``(n, ...)`` training inputs at rest.
        seed: tells which of them.
    """
    layers = [layer for layer in layers_of(model) if isinstance(layer, keras.layers.BatchNormalization)]
    if not layers:
        return
    rows = np.sort(np.random.default_rng(seed).permutation(len(x))[:_PICTURES])
    momenta = [layer.momentum for layer in layers]
    for number, part in enumerate(np.array_split(rows, -(-len(rows) // _BATCH))):
        for layer in layers:
            layer.trainable = True  # one that is frozen would go by what it remembers
            layer.momentum = number / (number + 1)  # the mean of all batches so far
        model(in_memory(x[part]), training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
