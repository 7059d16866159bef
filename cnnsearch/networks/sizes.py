"""Sizes: what listed layers make of a shape, and the weights and multiplications that each of them takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cnnsearch.networks.layers import Layer

__all__ = ["SLOTS", "Shape", "Sizes", "Step", "as_held", "bytes_a_parameter", "cost_of_weights", "steps"]

Shape = tuple[int, ...]
"""Of one picture or vector: ``(height, width, channels)`` or ``(features,)``."""


@dataclass(frozen=True)
class Step:
    """One layer.

    Attributes:
        layer: the layer.
        before, after: the shape that it takes, of several the first, and the one that it gives; with a side below 1
            where the layer cannot be.
        weights: all that it holds, moving statistics included.
        macs: multiplications with additions for one picture, those of convolutions, dense layers and attention.
        within: numbers that it keeps of one picture for its gradient, beside those that it gives.
    """

    layer: Layer
    before: Shape
    after: Shape
    weights: int = 0
    macs: int = 0
    within: int = 0


SLOTS = {
    **dict.fromkeys(("adam", "adamw", "nadam", "adamax", "adadelta", "lamb"), 2),
    **dict.fromkeys(("rmsprop", "adagrad", "lion"), 1),
    "sgd": 0,
}
"""Numbers that an optimizer keeps of each weight, sgd without momentum."""

_BYTES_A_VALUE = 4

_ON = 0.9
"""Of a momentum, whichever: it takes as much whatever it is."""


def bytes_a_parameter(config: Mapping[str, Any], active: Container[str] = ()) -> int:
    """Of a weight in the training of a config, float32: itself, its gradient, its first or best value, and what
    optimizer, average of the weights and accumulation keep of it.

    Args:
        config: filled.
        active: runtime parameters that the program has, also where they are off in this config.
    """
    slots = SLOTS[config["optimizer"]]
    if config["optimizer"] == "sgd":
        slots = int("momentum" in active or config["momentum"] > 0)
    averages = int("ema_momentum" in active or config["ema_momentum"] > 0)
    return _BYTES_A_VALUE * (3 + slots + averages + int(config["gradient_accumulation"] > 1))


def as_held(config: Mapping[str, Any], active: Container[str]) -> dict[str, Any]:
    """A config with what its program keeps of each weight, also where that is off in this config.

    Args:
        config, active: as of :func:`bytes_a_parameter`.
    """
    return {**config, **{name: _ON for name in ("momentum", "ema_momentum") if name in active}}


@dataclass(frozen=True)
class Sizes:
    """What a network takes, by its layers alone.

    Attributes:
        weights: all that it holds, moving statistics included.
        macs: multiplications with additions for one picture, those of convolutions, dense layers and attention.
        values: numbers that its layers give of one picture, which training keeps until their gradients are known.
        frozen: of the weights, those of layers that are never trained, as of word vectors that stay.
    """

    weights: int
    macs: int
    values: int
    frozen: int = 0

    @classmethod
    def of(cls, listed: Iterable[Step]) -> Sizes:
        """Of a network's layers."""
        found = list(listed)
        values = sum(math.prod(step.after) + step.within for step in found)
        frozen = sum(step.weights for step in found if step.layer.options.get("trainable") is False)
        return cls(sum(step.weights for step in found), sum(step.macs for step in found), values, frozen)

    def cost(self, config: Mapping[str, Any]) -> dict[str, float]:
        """As the cost of a trial tells it. The memory is an estimate, without what TensorFlow takes to work in."""
        of_weights = (self.weights - self.frozen) * bytes_a_parameter(config) + self.frozen * _BYTES_A_VALUE
        of_values = config["batch_size"] * self.values * _BYTES_A_VALUE
        return {
            **cost_of_weights(self.weights),
            "macs": float(self.macs),
            "gpu_memory_bytes": float(of_weights + of_values),
        }


def cost_of_weights(weights: int) -> dict[str, float]:
    """What the number of weights alone tells, which are float32."""
    return {"parameters": float(weights), "model_bytes": float(4 * weights)}


def steps(layers: Iterable[Layer], shape: Shape, named: Mapping[str, Shape] = MappingProxyType({})) -> Iterator[Step]:
    """The layers one by one, from a picture of ``shape`` on; ``named`` are other shapes that they take by name."""
    shapes = dict(named)
    for layer in layers:
        taken = [shapes[name] for name in layer.takes] or [shape]
        step = _concatenation(layer, taken) if layer.kind == "Concatenate" else _STEPS[layer.kind](layer, taken[0])
        yield step
        shape = shapes[layer.name] = step.after


def _sides(layer: Layer, before: Shape, size: int, strides: int) -> list[int]:
    """Of the map that windows of ``size`` make of one."""
    if layer.options.get("padding", "valid") == "same":
        return [-(-side // strides) for side in before[:2]]
    return [(side - size) // strides + 1 for side in before[:2]]


def _convolution(layer: Layer, before: Shape) -> Step:
    filters, kernel = layer.arguments
    height, width = _sides(layer, before, kernel, layer.options.get("strides", 1))
    multiplied = kernel**2 * before[2] * filters
    weights = multiplied + filters * layer.options.get("use_bias", True)
    return Step(layer, before, (height, width, filters), weights, multiplied * height * width)


def _convolution_of_texts(layer: Layer, before: Shape) -> Step:
    """Along a text, ``(length, channels)``, with padding to its length."""
    filters, kernel = layer.arguments
    multiplied = kernel * before[1] * filters
    return Step(layer, before, (before[0], filters), multiplied + filters, multiplied * before[0])


def _transposed(layer: Layer, before: Shape) -> Step:
    """Whose kernels do not overlap, as they are as large as their strides."""
    filters, size = layer.arguments
    multiplied = size**2 * before[2] * filters
    macs = multiplied * before[0] * before[1]
    return Step(layer, before, (before[0] * size, before[1] * size, filters), multiplied + filters, macs)


def _upsampling(layer: Layer, before: Shape) -> Step:
    (size,) = layer.arguments
    return Step(layer, before, (before[0] * size, before[1] * size, before[2]))


def _edged(sign: int) -> Callable[[Layer, Shape], Step]:
    """What adds edges ``((above, below), (left, right))``, or takes them away."""

    def step(layer: Layer, before: Shape) -> Step:
        rows, columns = (sign * sum(edge) for edge in layer.arguments[0])
        return Step(layer, before, (before[0] + rows, before[1] + columns, before[2]))

    return step


def _depthwise(layer: Layer, before: Shape) -> Step:
    (kernel,), channels = layer.arguments, before[2]
    height, width = _sides(layer, before, kernel, layer.options.get("strides", 1))
    multiplied = kernel**2 * channels
    weights = multiplied + channels * layer.options.get("use_bias", True)
    return Step(layer, before, (height, width, channels), weights, multiplied * height * width)


def _pooling(layer: Layer, before: Shape) -> Step:
    (size,) = layer.arguments
    return Step(layer, before, (*_sides(layer, before, size, layer.options.get("strides", size)), before[2]))


def _global_pooling(layer: Layer, before: Shape) -> Step:
    kept = (1,) * (len(before) - 1) if layer.options.get("keepdims") else ()
    return Step(layer, before, (*kept, before[-1]))


def _dense(layer: Layer, before: Shape) -> Step:
    (units,) = layer.arguments
    macs = math.prod(before) * units
    return Step(layer, before, (*before[:-1], units), (before[-1] + 1) * units, macs)


def _attention(layer: Layer, before: Shape) -> Step:
    """Of a map to itself: each place has a query, a key and a value in each head."""
    (heads, width), channels, places = layer.arguments, before[-1], math.prod(before[:-1])
    inner = heads * width
    weights = 3 * (channels + 1) * inner + (inner + 1) * channels
    macs = places * 4 * channels * inner + 2 * places**2 * inner
    # Scores before the softmax and after it.
    return Step(layer, before, before, weights, macs, within=4 * places * inner + 2 * heads * places**2)


def _concatenation(layer: Layer, taken: Sequence[Shape]) -> Step:
    place = _place(layer, taken[0])
    side = sum(each[place] for each in taken)
    return Step(layer, taken[0], (*taken[0][:place], side, *taken[0][place + 1 :]))


def _place(layer: Layer, shape: Shape) -> int:
    """Of a layer's axis in a shape: the axis counts the batch too."""
    axis: int = layer.options.get("axis", -1)
    return axis - 1 if axis > 0 else len(shape) + axis


def _same(layer: Layer, before: Shape) -> Step:
    return Step(layer, before, before)


def _scaled(layer: Layer, before: Shape) -> Step:
    return Step(layer, before, before, 2 * before[-1])


def _reduced(layer: Layer, before: Shape) -> Step:
    """An axis, which becomes one number, and is kept where the layer says so."""
    kept = (1,) if layer.options.get("keepdims") else ()
    place = _place(layer, before)
    return Step(layer, before, (*before[:place], *kept, *before[place + 1 :]))


def _reshaped(layer: Layer, before: Shape) -> Step:
    """One side may be -1: what is left."""
    (sides,) = layer.arguments
    known = math.prod(side for side in sides if side != -1)
    return Step(layer, before, tuple(math.prod(before) // known if side == -1 else side for side in sides))


def _permuted(layer: Layer, before: Shape) -> Step:
    (order,) = layer.arguments
    return Step(layer, before, tuple(before[place - 1] for place in order))


def _each_token(layer: Layer, before: Shape) -> Step:
    """``btc,cd->btd``: a dense layer over each token, with a bias for all of them or for each place."""
    _, after = layer.arguments
    bias = math.prod(after) if layer.options["bias_axes"] == "td" else after[-1]
    return Step(layer, before, tuple(after), before[-1] * after[-1] + bias, math.prod(after) * before[-1])


def _padded(layer: Layer, before: Shape) -> Step:
    (added,) = layer.arguments
    return Step(layer, before, (before[0] + sum(added), *before[1:]))


def _cropped(layer: Layer, before: Shape) -> Step:
    (left_out,) = layer.arguments
    return Step(layer, before, (before[0] - sum(left_out), *before[1:]))


_STEPS: dict[str, Callable[[Layer, Shape], Step]] = {
    "Embedding": lambda layer, before: Step(
        layer, before, (*before, layer.arguments[1]), layer.arguments[0] * layer.arguments[1]
    ),
    "Conv1D": _convolution_of_texts,
    "MaxPooling1D": lambda layer, before: Step(layer, before, (-(-before[0] // layer.arguments[0]), before[1])),
    "GlobalMaxPooling1D": _global_pooling,
    "Conv2D": _convolution,
    "Conv2DTranspose": _transposed,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _edged(1),
    "Cropping2D": _edged(-1),
    "DepthwiseConv2D": _depthwise,
    "BatchNormalization": lambda layer, before: Step(layer, before, before, 4 * before[-1]),
    "GroupNormalization": _scaled,
    "LayerNormalization": _scaled,
    "Identity": _same,
    "equal": _same,
    "not_equal": _same,
    "Activation": _same,
    "Rescaling": _same,
    "Dropout": _same,
    "Add": _same,
    "Multiply": _same,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "Flatten": lambda layer, before: Step(layer, before, (math.prod(before),)),
    "Dense": _dense,
    "MultiHeadAttention": _attention,
    "GlobalAveragePooling1D": _global_pooling,
    "Reshape": _reshaped,
    "Permute": _permuted,
    "EinsumDense": _each_token,
    "ZeroPadding1D": _padded,
    "Cropping1D": _cropped,
    "Softmax": _same,
    **dict.fromkeys(("add", "cast", "clip", "exp", "multiply", "zeros_like"), _same),
    "max": _reduced,
    "mean": _reduced,
    "sum": _reduced,
}
