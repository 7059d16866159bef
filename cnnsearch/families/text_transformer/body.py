"""The ``text_transformer`` family: blocks of attention over the tokens of a text (Vaswani et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.text_transformer.layers import layers_of
from cnnsearch.families.text_transformer.positions import sine_positions
from cnnsearch.networks.sizes import Shape, Sizes, Step, steps
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut

__all__ = ["build", "cost", "count", "frozen_weights"]


def build(
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],  # noqa: ARG001 - numbers of tokens are not scaled
    offset: float | list[float],  # noqa: ARG001
    cut: Cut | None = None,  # noqa: ARG001 - it freezes nothing
    for_training: bool = False,  # noqa: ARG001
    ends: Ends = "softmax",  # noqa: ARG001 - its last layer has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`."""
    import keras

    from cnnsearch.networks.building import behind

    layers = list(layers_of(config, shape[0], classes, sine_positions))
    inputs = keras.Input(shape, dtype="int32", name="numbers")
    return keras.Model(inputs, behind(inputs, layers, None), name="text_transformer")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in _steps(config, shape, classes))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(_steps(config, shape, classes)).cost(config)


def frozen_weights(config: Mapping[str, Any], shape: Shape) -> int:
    """See :meth:`cnnsearch.families.family.Family.frozen_weights`: word vectors that stay as they are."""
    return Sizes.of(_steps(config, shape, 1)).frozen


def _steps(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    return steps(layers_of(config, shape[0], classes, lambda *_: None), shape)
