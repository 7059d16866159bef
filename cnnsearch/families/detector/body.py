"""The networks of the ``detector`` family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.families.detector.layers import PREFIX, Written, layers_behind, layers_of, padded
from cnnsearch.families.detector.places import levels_of
from cnnsearch.families.detector.spec import DETECTOR
from cnnsearch.families.transfer import encoder_body
from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.backbone_sizes import backbone_size
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.transfer.body import asked_layers, depths_below, frozen_content
from cnnsearch.families.transfer.maps import map_name
from cnnsearch.networks.layers import Layer
from cnnsearch.networks.sizes import Shape, Sizes, Step, steps
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.families.transfer.encoder import Encoder
    from cnnsearch.networks.cuts import Cut

__all__ = [
    "build",
    "cost",
    "count",
    "depths",
    "frozen_content",
    "frozen_name",
    "frozen_parameters",
    "frozen_part",
    "frozen_weights",
]


def build(
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
    cut: Cut | None = None,
    for_training: bool = False,
    ends: Ends = "linear",  # noqa: ARG001 - what it tells has no activation
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Family.build`; the model gives ``(batch, places, 8 + classes)``.

    Args:
        config, shape, classes: as there.
        scale, offset: of a backbone they bring pixels to 0..1.
        cut: of the backbone.
        for_training: batch normalisation of unfrozen layers is as ``unfrozen_batch_normalization`` says.
    """
    import keras

    from cnnsearch.networks.building import behind
    from cnnsearch.networks.runtime import L1L2

    penalty = L1L2(config["l1"], config["l2"])
    if config["encoder"] == SCRATCH:
        layers = list(_layers(config, shape, classes))
        inputs = keras.Input(shape, name="pictures")
        x = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
        return keras.Model(inputs, behind(x, layers, penalty), name="detector")
    encoder = _encoder(config, shape)
    inputs, maps = encoder_body.encoded(encoder, config, shape, scale, offset, cut, for_training)
    layers = list(_layers_behind(config, shape, encoder.shapes, classes))
    return keras.Model(inputs, behind([*maps.values()][-1], layers, penalty, maps), name="detector")


def count(config: Mapping[str, Any], shape: Shape, classes: int) -> int:
    """See :meth:`cnnsearch.families.family.Family.count`; it loads the backbone, which building needs too."""
    if config["encoder"] == SCRATCH:
        return sum(step.weights for step in _from_scratch(config, shape, classes))
    encoder = _encoder(config, shape)
    behind = _steps_behind(config, shape, encoder.shapes, classes)
    return int(encoder.backbone.model.count_params() + sum(step.weights for step in behind))


def cost(config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float] | None:
    """See :meth:`cnnsearch.families.family.Family.cost`; of a width that has no weights nothing is known.

    The memory is that of the trained layers, and the weights of the frozen ones.
    """
    if config["encoder"] == SCRATCH:
        return Sizes.of(_from_scratch(config, shape, classes)).cost(config)
    known = backbone_size(config["encoder"], float(config["backbone_alpha"]))
    if known is None:
        return None
    BACKBONES[config["encoder"]].check(shape)
    levels, maps = levels_of(config), known.maps_of(shape)
    if lacking := [level for level in levels if level not in maps]:
        told = ", ".join(str(2**level) for level in maps)
        raise TrialError(f"this encoder has no map of stride {2 ** lacking[0]}: strides must be of {told}")
    behind = Sizes.of(_steps_behind(config, shape, maps, classes))
    return known.encoder(levels[-1]).cost_with(behind, asked_layers(config), config, shape)


def frozen_weights(config: Mapping[str, Any], shape: Shape) -> int:
    """See :meth:`cnnsearch.families.family.Family.frozen_weights`."""
    return 0 if config["encoder"] == SCRATCH else encoder_body.frozen_weights(_encoder(config, shape), config)


def frozen_part(
    config: Mapping[str, Any],
    shape: Shape,
    scale: float | list[float],
    offset: float | list[float],
    start: Cut | None,
    end: Cut,
) -> keras.Model:
    """See :meth:`cnnsearch.families.family.Body.frozen_part`."""
    return encoder_body.frozen_part(_encoder(config, shape), shape, scale, offset, start, end)


def frozen_parameters(cut: Cut) -> tuple[str, ...]:  # noqa: ARG001 - the same of all
    """See :meth:`cnnsearch.families.family.Body.frozen_parameters`."""
    return DETECTOR.frozen_by


def frozen_name(settings: Mapping[str, Any], shape: Shape, cut: Cut) -> str:
    """What people call it: backbone, width, weights, size of the pictures, which maps, and where it ends."""
    alpha = "" if settings["backbone_alpha"] == 1 else f"{settings['backbone_alpha']:g}, "
    weights = settings["weights"].rpartition("/")[2]
    strides = ", ".join(str(2**level) for level in levels_of(settings))
    of = f"{settings['encoder']} ({alpha}{weights}) at {shape[0]}x{shape[1]}, maps of stride {strides}"
    return of if cut.share == 1 else f"{of}, the first {cut.share:.1%}"


def depths(model: keras.Model) -> list[int]:
    """See :meth:`cnnsearch.families.family.Body.depths`."""
    if not any(layer.name.startswith(PREFIX) for layer in model.layers):  # from scratch: nobody has trained any layer
        return [0] * len(model.trainable_variables)
    return depths_below(model, PREFIX)


def _encoder(config: Mapping[str, Any], shape: Shape) -> Encoder:
    from cnnsearch.families.transfer.encoder import encoder_of

    return encoder_of(config, shape, levels_of(config), levels_of(config))


def _from_scratch(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Step]:
    return steps(_layers(config, shape, classes), shape)


def _layers(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Layer]:
    sides = (shape[0], shape[1])
    return layers_of(config, sides, Written.of(config, padded(config, sides), classes))


def _steps_behind(config: Mapping[str, Any], shape: Shape, maps: Mapping[int, Shape], classes: int) -> Iterator[Step]:
    deepest = maps[levels_of(config)[-1]]
    named = {map_name(level): each for level, each in maps.items()}
    return steps(_layers_behind(config, shape, maps, classes), deepest, named)


def _layers_behind(config: Mapping[str, Any], shape: Shape, maps: Mapping[int, Shape], classes: int) -> Iterator[Layer]:
    sides = (shape[0], shape[1])
    return layers_behind(config, sides, maps, Written.of(config, sides, classes))
