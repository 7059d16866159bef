"""The networks of the ``detector`` family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.detector.layers import Written, layers_of
from cnnsearch.networks.layers import Layer
from cnnsearch.networks.sizes import Shape, Sizes, Step, steps
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut

__all__ = ["build", "cost", "count"]


def build(
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
    cut: Cut | None = None,  # noqa: ARG001 - it freezes nothing
    for_training: bool = False,  # noqa: ARG001
    ends: Ends = "linear",  # noqa: ARG001 - what it tells has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`; the model gives ``(batch, places, 8 + classes)``."""
    import keras

    from cnnsearch.networks.building import behind
    from cnnsearch.networks.runtime import L1L2

    layers = list(_layers(config, shape, classes))
    inputs = keras.Input(shape, name="pictures")
    x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    return keras.Model(inputs, behind(x, layers, L1L2(config["l1"], config["l2"])), name="detector")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in _steps(config, shape, classes))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(_steps(config, shape, classes)).cost(config)


def _steps(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    return steps(_layers(config, shape, classes), shape)


def _layers(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Layer]:
    sides = (shape[0], shape[1])
    return layers_of(config, sides, Written.of(config, sides, classes))
