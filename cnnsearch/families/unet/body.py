"""The networks of the ``unet`` family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families.transfer.body import frozen_content
from cnnsearch.families.transfer.encoder_body import EncoderBody
from cnnsearch.families.unet.decoder import PREFIX, decoder_of, levels_of
from cnnsearch.families.unet.layers import layers_of
from cnnsearch.families.unet.spec import ENCODED_BY
from cnnsearch.families.unet.stride import PARAMETER
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
    return ENCODED_BY


def frozen_name(settings: Mapping[str, Any], shape: Shape, cut: Cut) -> str:
    """What people call it: backbone, width, weights, size of the pictures, which maps, and where it ends."""
    alpha = "" if settings["backbone_alpha"] == 1 else f"{settings['backbone_alpha']:g}, "
    weights = settings["weights"].rpartition("/")[2]
    maps = f"depth {settings['depth']}" + ("" if settings["skip_connections"] else ", the deepest map alone")
    maps += "" if settings[PARAMETER] == 1 else f", {PARAMETER} {settings[PARAMETER]}"
    of = f"{settings['encoder']} ({alpha}{weights}) at {shape[0]}x{shape[1]}, {maps}"
    return of if cut.share == 1 else f"{of}, the first {cut.share:.1%}"


def _known_maps(config: Mapping[str, Any], known: BackboneSize, shape: Shape) -> Mapping[int, Shape]:
    levels, (deepest,) = levels_of(config)
    maps = known.encoder(deepest).maps_of(shape)
    return {level: each for level, each in maps.items() if level in levels}


def _from_scratch(config: Mapping[str, Any], shape: Shape, classes: int) -> Iterator[Layer]:
    return layers_of(config, (shape[0], shape[1]), classes)


def _behind(config: Mapping[str, Any], shape: Shape, maps: Mapping[int, Shape], classes: int) -> Iterator[Layer]:
    return decoder_of(config, (shape[0], shape[1]), maps, classes)


_BODY = EncoderBody("unet", PREFIX, levels_of, _known_maps, _from_scratch, _behind)

build, count, cost, depths = _BODY.build, _BODY.count, _BODY.cost, _BODY.depths
frozen_weights, frozen_part = _BODY.frozen_weights, _BODY.frozen_part
