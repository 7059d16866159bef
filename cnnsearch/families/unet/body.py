"""The networks of the ``unet`` family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.unet.layers import layers_of
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
    ends: Ends = "softmax",  # noqa: ARG001 - its last layer has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`."""
    import keras

    from cnnsearch.networks.building import behind
    from cnnsearch.networks.runtime import L1L2

    layers = list(layers_of(config, (shape[0], shape[1]), classes))
    inputs = keras.Input(shape, name="pictures")
    x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    return keras.Model(inputs, behind(x, layers, L1L2(config["l1"], config["l2"])), name="unet")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in _steps(config, shape, classes))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(_steps(config, shape, classes)).cost(config)


def _steps(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    return steps(layers_of(config, (shape[0], shape[1]), classes), shape)
