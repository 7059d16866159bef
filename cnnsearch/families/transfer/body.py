"""The ``transfer`` family: a pretrained backbone, its last layers trained or not, and a head on top."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnsearch.families.transfer.backbone_sizes import backbone_size
from cnnsearch.families.transfer.backbone_specs import BACKBONES, weights_file
from cnnsearch.families.transfer.layers import HEAD_PREFIX, head_of, pooling_of
from cnnsearch.families.transfer.trained_on import as_trained_on
from cnnsearch.networks.cuts import Cut
from cnnsearch.networks.sizes import Sizes, steps
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.families.transfer.backbones import Backbone

__all__ = [
    "asked_layers",
    "backbone_of",
    "build",
    "cost",
    "count",
    "cuts_of",
    "depths",
    "depths_below",
    "frozen_content",
    "frozen_name",
    "frozen_parameters",
    "frozen_part",
    "frozen_weights",
]

Shape = tuple[int, int, int]

_DEFINING = ("backbone", "backbone_alpha", "weights")


def build(
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
    cut: Cut | None = None,
    for_training: bool = False,
    ends: Ends = "softmax",  # noqa: ARG001 - its last layer has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`.

    Args:
        config, shape, classes, scale, offset: as there; ``scale`` and ``offset`` bring pixels to 0..1.
        cut: build only what follows it, on its tensors.
        for_training: batch normalisation of unfrozen layers is as ``unfrozen_batch_normalization`` says; the exported
            model, which does not train, has Keras's own layers.
    """
    import keras

    backbone = backbone_of(config, shape)
    if cut is not None and cut.is_pooled:
        inputs = keras.Input(cut.shapes[0], name="features")
        features = inputs
    else:
        if cut is None:
            inputs = keras.Input(shape, name="pictures")
            start = [as_trained_on(inputs, backbone, scale, offset)]
        else:
            inputs = [keras.Input(each, name=f"features_{number}") for number, each in enumerate(cut.shapes, 1)]
            start = inputs
            inputs = inputs[0] if len(inputs) == 1 else inputs
        fixed = for_training and config["unfrozen_batch_normalization"] == "inference"
        trained = backbone.unfrozen(config["unfrozen_layers"]).layers
        features = _pooled(backbone.grow(cut, start, trained, fixed)[0], config)
    return keras.Model(inputs, _head(features, config, classes), name="transfer")


def frozen_part(
    config: Mapping[str, Any],
    shape: Shape,
    scale: float | list[float],
    offset: float | list[float],
    start: Cut | None,
    end: Cut,
) -> keras.Model:
    """What comes before a cut: from pictures at rest, or from an earlier cut, to its tensors, as a list."""
    import keras

    backbone = backbone_of(config, shape)
    inner = backbone.cuts[-1] if end.is_pooled else end
    if start is None:
        inputs: Any = keras.Input(shape, name="pictures")
        given = [as_trained_on(inputs, backbone, scale, offset)]
    else:
        inputs = given = [keras.Input(each) for each in start.shapes]
    outputs = backbone.run(start, inner, given)
    return keras.Model(inputs, [_pooled(outputs[0], config)] if end.is_pooled else outputs)


def frozen_parameters(cut: Cut) -> tuple[str, ...]:
    """Names of the parameters that define what comes before a cut."""
    return (*_DEFINING, *(("pooling",) if cut.is_pooled else ()))


def frozen_content(settings: Mapping[str, Any]) -> str:
    """sha256 of the file of the weights, which may hold the network too; empty where there is none."""
    path = weights_file(settings["weights"])
    if path is None:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def frozen_name(settings: Mapping[str, Any], shape: Shape, cut: Cut) -> str:
    """What people call it: backbone, width, weights, size of the pictures, and where it ends."""
    height, width = shape[:2]
    alpha = "" if settings["backbone_alpha"] == 1 else f"{settings['backbone_alpha']:g}, "
    weights = settings["weights"].rpartition("/")[2]
    where = f"{settings['pooling']} pooling" if cut.is_pooled else f"the first {cut.share:.1%}"
    return f"{settings['backbone']} ({alpha}{weights}) at {height}x{width}, {where}"


def backbone_of(config: Mapping[str, Any], shape: Shape) -> Backbone:
    """The backbone that a config names, for pictures of ``shape``.

    Raises:
        TrialError: it cannot be had.
    """
    from cnnsearch.families.transfer.backbones import load_backbone

    return load_backbone(config["backbone"], float(config["backbone_alpha"]), config["weights"], shape)


def cuts_of(config: Mapping[str, Any], shape: Shape) -> tuple[Cut, ...]:
    """Where the network of a config may be split: in its backbone, and behind the pooling; shallow ones first."""
    cuts = backbone_of(config, shape).cuts
    if not cuts or config["pooling"] == "flatten":
        return cuts
    pooled = replace(cuts[-1], shapes=(cuts[-1].shapes[0][-1:],), is_pooled=True)
    return (*cuts, pooled)


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`; it loads the backbone, which building needs too."""
    model = backbone_of(config, shape).model
    height, width, channels = model.outputs[0].shape[1:]
    behind = (pooling_of(config), *head_of(config, classes))
    return int(model.count_params() + sum(step.weights for step in steps(behind, (height, width, channels))))


def frozen_weights(config: Mapping[str, Any], shape: Shape) -> int:
    """See :meth:`cnnsearch.families.family.Family.frozen_weights`."""
    return backbone_of(config, shape).frozen_weights(asked_layers(config))


def asked_layers(config: Mapping[str, Any]) -> int | float | str:
    """Layers that are trained in some phase."""
    asked: int | float | str = 0 if config["fine_tune_epochs"] == 0 else config["unfrozen_layers"]
    return asked


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float] | None:
    """See :meth:`cnnsearch.families.family.Family.cost`; of a saved backbone nothing is known.

    The memory is that of the trained layers, and the weights of the frozen ones.
    """
    found = backbone_size(config["backbone"], float(config["backbone_alpha"]))
    if found is None:
        return None
    BACKBONES[config["backbone"]].check(shape)
    head = Sizes.of(steps((pooling_of(config), *head_of(config, classes)), found.shape(shape)))
    return found.cost_with(head, asked_layers(config), config, shape)


def depths(model: keras.Model) -> list[int]:
    """See :meth:`cnnsearch.families.family.Body.depths`."""
    return depths_below(model, HEAD_PREFIX)


def depths_below(model: keras.Model, prefix: str) -> list[int]:
    """Layers with trained weights above each trained variable; 0 for those whose names begin with ``prefix``."""
    found: list[int] = []
    depth = 0
    for layer in reversed(model.layers):
        if layer.trainable_variables:
            depth += not layer.name.startswith(prefix)
            found = [depth] * len(layer.trainable_variables) + found
    return found


def _pooled(x: Any, config: Mapping[str, Any]) -> Any:
    from cnnsearch.networks.building import behind

    return behind(x, [pooling_of(config)], None)


def _head(x: Any, config: Mapping[str, Any], classes: int) -> Any:
    from cnnsearch.networks.building import behind
    from cnnsearch.networks.runtime import L1L2

    return behind(x, head_of(config, classes), L1L2(0.0, config["l2"]))
