"""The ``cnn`` family: blocks of convolutions and pooling, then dense layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.families.cnn.layers import layers_of
from cnnsearch.networks.layers import STEM
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

    layers = [step.layer for step in _steps(config, shape, classes)]
    inputs = keras.Input(shape, name="pictures")
    x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    logits = behind(x, layers, L1L2(config["l1"], config["l2"]))
    return keras.Model(inputs, logits, name="cnn")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`."""
    return sum(step.weights for step in _steps(config, shape, classes))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float]:
    """See :meth:`cnnsearch.families.family.Family.cost`."""
    return Sizes.of(_steps(config, shape, classes)).cost(config)


def _steps(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    """The layers one by one; raises TrialError at the first that cannot be."""
    for step in steps(layers_of(config, classes), shape):
        if min(step.after) < 1:
            raise TrialError(
                f"impossible architecture: {_named(step, config)} would shrink its {step.before[0]}x{step.before[1]} "
                f"feature map below 1x1 (pictures of {shape[0]}x{shape[1]}); use fewer blocks, smaller kernels or "
                "pools, or larger pictures"
            )
        if config["block"] != "plain" and step.layer.options.get("strides", 1) > 1 and max(step.before[:2]) == 1:
            raise TrialError(
                f"impossible architecture: {_named(step, config)} would step over a feature map of 1x1 (pictures of "
                f"{shape[0]}x{shape[1]}); use fewer blocks, smaller strides, or larger pictures"
            )
        yield step


def _named(step: Step, config: Mapping[str, Any]) -> str:
    """A layer of a block in words."""
    layer = step.layer
    if layer.block == STEM:
        return "the pooling of the stem" if layer.kind == "MaxPooling2D" else "the stem"
    if layer.name == f"pooling_{layer.block}":
        return f"the pooling of block {layer.block}"
    if config["block"] != "plain":
        return f"block {layer.block}"
    position = int(layer.name.rpartition("_")[2]) - (layer.block - 1) * config["convs_per_block"]
    return f"convolution {position} of block {layer.block}"
