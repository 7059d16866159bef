"""The ``text_cnn`` family: a vector a token, convolutions, the maximum over the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.text_cnn.layers import layers_of
from cnnsearch.networks.sizes import Shape, Sizes, steps
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
    from cnnsearch.networks.runtime import L1L2

    inputs = keras.Input(shape, dtype="int32", name="tokens")
    logits = behind(inputs, layers_of(config, classes), L1L2(config["l1"], config["l2"]))
    return keras.Model(inputs, logits, name="text_cnn")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in steps(layers_of(config, classes), shape))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(steps(layers_of(config, classes), shape)).cost(config)


def frozen_weights(config: Mapping[str, Any], shape: Shape) -> int:
    """See :meth:`cnnsearch.families.family.Family.frozen_weights`: word vectors that stay as they are."""
    return Sizes.of(steps(layers_of(config, 1), shape)).frozen
