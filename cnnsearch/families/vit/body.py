"""The ``vit`` family: tokens of a picture, then blocks of attention (Dosovitskiy et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.vit.layers import layers_of
from cnnsearch.families.vit.positions import sine_positions
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
    ends: Ends = "softmax",  # noqa: ARG001 - its last layer has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`."""
    import keras

    from cnnsearch.networks.building import behind

    layers = list(layers_of(config, shape, classes, sine_positions))
    inputs = keras.Input(shape, name="pictures")
    x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    return keras.Model(inputs, behind(x, layers, None), name="vit")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in _steps(config, shape, classes))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(_steps(config, shape, classes)).cost(config)


def _steps(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    layers: Iterator[Layer] = layers_of(config, shape, classes, lambda *_: None)
    return steps(layers, shape)
