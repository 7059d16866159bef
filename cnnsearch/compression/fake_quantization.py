"""Fake quantization: layers that compute in float32 what int8 will come to (Jacob et al. 2018).

Weights are rounded as the file will have them: symmetrically, to 255 levels, by a scale for each channel that follows
the largest absolute weight. Activations are rounded to 256 levels between the ends of a range, which follow a moving
average of what each batch has. Gradients pass a rounding as if it were not there, and nothing passes where an
activation is beyond its range.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cnnsearch.compression.kernels import kernels_of

__all__ = ["FakeQuantized", "Range"]

_LARGEST = 127
"""Of a symmetric int8."""

_MOMENTUM = 0.99
"""Share of the ends of a range that a step keeps: the ends that the sample gave are good ones already."""


class FakeQuantized(keras.layers.Wrapper):  # type: ignore[misc]
    """A layer, computed with weights that are rounded to int8.

    Args:
        layer: one of :data:`~cnnsearch.compression.kernels.KERNELS`.
    """

    def call(self, inputs: Any) -> Any:
        arrays = [(getattr(self.layer, name), axes) for name, axes in kernels_of(self.layer).items()]
        rounded = [(array, _rounded(ops.convert_to_tensor(array), axes)) for array, axes in arrays]
        with keras.StatelessScope(state_mapping=rounded):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)


def _rounded(kernel: Any, axes: tuple[int, ...]) -> Any:
    others = tuple(axis for axis in range(len(kernel.shape)) if axis not in axes)
    scale = ops.maximum(ops.max(ops.abs(kernel), others, keepdims=True) / _LARGEST, keras.config.epsilon() ** 2)
    return kernel + ops.stop_gradient(ops.round(kernel / scale) * scale - kernel)


class Range(keras.layers.Layer):  # type: ignore[misc]
    """Activations, rounded to int8 between the two ends of a range, 0 among them.

    Args:
        low, high: the ends before training.
    """

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(**options)
        self._first = low, high

    def build(self, _: Any) -> None:
        self.low, self.high = (
            self.add_weight((), keras.initializers.Constant(end), trainable=False, name=name)
            for name, end in zip(("low", "high"), self._first, strict=True)
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            for end, seen in (
                (self.low, ops.minimum(ops.min(inputs), 0)),
                (self.high, ops.maximum(ops.max(inputs), 0)),
            ):
                end.assign(_MOMENTUM * end + (1 - _MOMENTUM) * ops.stop_gradient(seen))
        return keras.quantizers.fake_quant_with_min_max_vars(inputs, self.low, self.high)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        low, high = self._first
        return {**super().get_config(), "low": low, "high": high}
