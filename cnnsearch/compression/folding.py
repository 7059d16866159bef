"""Folding: batch normalisation goes into the weights of the layer before it, as integers are computed.

By the running mean and variance of the training, which change no more (Jacob et al. 2018, section 3.2; Krishnamoorthi
2018, section 3.2.2, freezes them too): a convolution that is normalised is a convolution with other weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from cnnsearch.compression.kernels import kernels_of
from cnnsearch.networks.keras_private import inputs_as_named, nodes_of, run_through

__all__ = ["folded"]


def folded(model: keras.Model) -> keras.Model:
    """The same network without the batch normalisation that alone follows a convolution or a dense layer.

    Args:
        model: functional, of layers alone; it stays as it is, and shares the layers that are not folded.
    """
    pairs = list(_pairs(model))
    joined = {before.name: _joined(before) for before, _ in pairs}
    gone = {after.name for _, after in pairs}

    def called(operation: Any, *args: Any, **options: Any) -> Any:
        if operation.name in gone:
            return next(iter((*args, *options.values())))
        return joined.get(operation.name, operation)(*args, **options)

    found = keras.Model(inputs_as_named(model), run_through(model, model.inputs, called))
    for before, after in pairs:
        joined[before.name].set_weights(_weights(before, after))
    return found


def _pairs(model: keras.Model) -> Iterator[tuple[Any, Any]]:
    """A layer, and the batch normalisation that all go through that it gives."""
    nodes = nodes_of(model)
    calls = Counter(node.operation.name for node in nodes)
    takers = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    takers.update(id(tensor) for tensor in model.outputs)
    made_by = {id(tensor): node for node in nodes for tensor in node.outputs}
    for node in nodes:
        if type(node.operation) is not keras.layers.BatchNormalization or calls[node.operation.name] > 1:
            continue
        (taken,) = node.input_tensors
        before = made_by[id(taken)].operation
        if takers[id(taken)] == 1 and calls[before.name] == 1 and _folds(before, node.operation, len(taken.shape)):
            yield before, node.operation


def _folds(before: Any, after: Any, rank: int) -> bool:
    if len(kernels_of(before)) != 1 or getattr(before, "data_format", "channels_last") != "channels_last":
        return False
    return before.activation is keras.activations.linear and after.axis in (-1, rank - 1)


def _joined(before: Any) -> Any:
    # A bias that is there is penalised as before; one that comes new is the normalisation's.
    return type(before).from_config({**before.get_config(), "use_bias": True})


def _weights(before: Any, after: Any) -> list[np.ndarray]:
    kernel, *rest = before.get_weights()
    bias = rest[0] if rest else 0.0
    mean, variance = (np.asarray(each) for each in (after.moving_mean, after.moving_variance))
    scale = 1 / np.sqrt(variance + after.epsilon)
    if after.scale:
        scale = scale * np.asarray(after.gamma)
    shift = np.asarray(after.beta) if after.center else 0.0
    (axes,) = kernels_of(before).values()
    along = [size if axis in axes else 1 for axis, size in enumerate(kernel.shape)]
    return [kernel * scale.reshape(along), (bias - mean) * scale + shift]
