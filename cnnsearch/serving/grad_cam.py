"""Where a network looked: Grad-CAM (Selvaraju et al. 2017), of networks whose last map a vector is made of.

Each channel of the last map is weighted by the mean of the gradient of the score on it; what is positive of their sum
spoke for the answer. Networks that tell tokens, masks or boxes have no such map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.networks.keras_private import functional, node_of, nodes_of

if TYPE_CHECKING:
    import keras

__all__ = ["GradCam"]


class GradCam:
    """Of one exported model.

    Args:
        lower: from inputs to the last map, ``(n, rows, columns, channels)``.
        upper: from that map to the scores, ``(n, width)``: before a softmax or sigmoid, where the last layer is one.
    """

    def __init__(self, lower: keras.Model, upper: keras.Model) -> None:
        self._lower, self._upper = lower, upper

    @classmethod
    def of(cls, model: keras.Model) -> GradCam | None:
        """Of a model from pictures to vectors; ``None``: it has no last map, or an ensemble several."""
        import keras

        graph = functional(model)
        if graph is None or len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
            return None
        found = _last_map(nodes_of(graph))
        if found is None:
            return None
        last = node_of(model.outputs[0])
        takes = last.input_tensors
        scores = model.outputs[0] if getattr(last.operation, "weights", ()) or len(takes) != 1 else takes[0]
        try:
            return cls(keras.Model(model.inputs[0], found), keras.Model(found, scores))
        except ValueError:  # something goes around the map
            return None

    def heat(self, given: np.ndarray, index: int, sign: int = 1) -> np.ndarray:
        """``(rows, columns)`` from 0 to 1: what spoke for an output of one input; all 0: nothing did.

        Args:
            given: ``(1, height, width, channels)``, at rest.
            index: of the output.
            sign: -1: what spoke against it.
        """
        import tensorflow as tf

        maps = tf.convert_to_tensor(self._lower(given, training=False))
        with tf.GradientTape() as tape:
            tape.watch(maps)
            score = sign * self._upper(maps, training=False)[0, index]
        weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
        heat: np.ndarray = np.maximum(tf.reduce_sum(weights * maps, axis=-1)[0].numpy().astype(np.float32), 0.0)
        most = float(heat.max())
        return heat / most if most > 0 and math.isfinite(most) else np.zeros_like(heat)


def _last_map(nodes: Sequence[Any]) -> Any | None:
    """The last tensor with places that a convolution is before, if behind it are vectors alone."""
    found, convolved = None, False
    for node in nodes:
        if node.is_input:
            continue
        convolved = convolved or _convolves(node.operation)
        shape = node.outputs[0].shape
        if len(shape) == 4 and math.prod(side or 1 for side in shape[1:3]) > 1:
            found = node.outputs[0] if convolved else None
        elif len(shape) > 2 and math.prod(side or 1 for side in shape[1:-1]) > 1:
            found = None  # tokens
    return found


def _convolves(operation: Any) -> bool:
    """Whether a layer, or a model within the model, has kernels of convolutions."""
    return any(len(weight.shape) == 4 for weight in getattr(operation, "weights", ()))
