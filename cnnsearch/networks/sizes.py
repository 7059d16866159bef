"""Sizes: what listed layers make of a shape, and the weights and multiplications that each of them takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
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
        before, after: the shape that it takes and the one that it gives; with a side below 1 where the layer cannot be.
        weights: all that it holds, moving statistics included.
        macs: multiplications with additions for one picture, those of convolutions and dense layers.
    """

    layer: Layer
    before: Shape
    after: Shape
    weights: int = 0
    macs: int = 0


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
        macs: multiplications with additions for one picture, those of convolutions and of dense layers.
        values: numbers that its layers give of one picture, which training keeps until their gradients are known.
    """

    weights: int
    macs: int
    values: int

    @classmethod
    def of(cls, listed: Iterable[Step]) -> Sizes:
        """Of a network's layers."""
        found = list(listed)
        values = sum(math.prod(step.after) for step in found)
        return cls(sum(step.weights for step in found), sum(step.macs for step in found), values)

    def cost(self, config: Mapping[str, Any]) -> dict[str, float]:
        """As the cost of a trial tells it. The memory is an estimate, without what TensorFlow takes to work in."""
        of_weights = self.weights * bytes_a_parameter(config)
        of_values = config["batch_size"] * self.values * _BYTES_A_VALUE
        return {
            **cost_of_weights(self.weights),
            "macs": float(self.macs),
            "gpu_memory_bytes": float(of_weights + of_values),
        }


def cost_of_weights(weights: int) -> dict[str, float]:
    """What the number of weights alone tells, which are float32."""
    return {"parameters": float(weights), "model_bytes": float(4 * weights)}


def steps(layers: Iterable[Layer], shape: Shape) -> Iterator[Step]:
    """The layers one by one, from a picture of ``shape`` on."""
    for layer in layers:
        step = _STEPS[layer.kind](layer, shape)
        yield step
        shape = step.after


def _convolution(layer: Layer, before: Shape) -> Step:
    filters, kernel = layer.arguments
    strides = layer.options.get("strides", 1)
    if layer.options["padding"] == "same":
        height, width = (-(-side // strides) for side in before[:2])
    else:
        height, width = ((side - kernel) // strides + 1 for side in before[:2])
    multiplied = kernel**2 * before[2] * filters
    weights = multiplied + filters * layer.options.get("use_bias", True)
    return Step(layer, before, (height, width, filters), weights, multiplied * height * width)


def _pooling(layer: Layer, before: Shape) -> Step:
    (size,) = layer.arguments
    return Step(layer, before, (before[0] // size, before[1] // size, before[2]))


def _dense(layer: Layer, before: Shape) -> Step:
    (units,) = layer.arguments
    return Step(layer, before, (units,), (before[0] + 1) * units, before[0] * units)


def _same(layer: Layer, before: Shape) -> Step:
    return Step(layer, before, before)


_STEPS: dict[str, Callable[[Layer, Shape], Step]] = {
    "Conv2D": _convolution,
    "BatchNormalization": lambda layer, before: Step(layer, before, before, 4 * before[-1]),
    "Activation": _same,
    "Dropout": _same,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalMaxPooling2D": lambda layer, before: Step(layer, before, before[-1:]),
    "GlobalAveragePooling2D": lambda layer, before: Step(layer, before, before[-1:]),
    "Flatten": lambda layer, before: Step(layer, before, (math.prod(before),)),
    "Dense": _dense,
}
