"""The networks of the ``detector`` family, which give ``(batch, places, 8 + classes)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.families.detector.layers import PREFIX, Written, layers_behind, layers_of, padded
from cnnsearch.families.detector.places import levels_of
from cnnsearch.families.detector.spec import DETECTOR
from cnnsearch.families.transfer.body import frozen_content
from cnnsearch.families.transfer.encoder_body import EncoderBody
from cnnsearch.networks.layers import Layer
from cnnsearch.networks.sizes import Shape

if TYPE_CHECKING:
    from cnnsearch.families.transfer.backbone_sizes import BackboneSize
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


def _levels(config: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """It must have all that are taken."""
    return levels_of(config), levels_of(config)


def _known_maps(config: Mapping[str, Any], known: BackboneSize, shape: Shape) -> Mapping[int, Shape]:
    maps = known.maps_of(shape)
    if lacking := [level for level in levels_of(config) if level not in maps]:
        told = ", ".join(str(2**level) for level in maps)
        raise TrialError(f"this encoder has no map of stride {2 ** lacking[0]}: strides must be of {told}")
    return maps


def _from_scratch(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Layer]:
    sides = (shape[0], shape[1])
    return layers_of(config, sides, Written.of(config, padded(config, sides), classes))


def _behind(config: Mapping[str, Any], shape: Shape, maps: Mapping[int, Shape], classes: int) -> Iterator[Layer]:
    sides = (shape[0], shape[1])
    return layers_behind(config, sides, maps, Written.of(config, sides, classes))


_BODY = EncoderBody("detector", PREFIX, _levels, _known_maps, _from_scratch, _behind)

build, count, cost, depths = _BODY.build, _BODY.count, _BODY.cost, _BODY.depths
frozen_weights, frozen_part = _BODY.frozen_weights, _BODY.frozen_part
