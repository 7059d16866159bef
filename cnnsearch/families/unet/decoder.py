"""The layers of a U-Net behind a backbone: up from its deepest map, with those of other levels beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer.maps import fitted, map_name
from cnnsearch.families.unet.layers import convolutions, doubling, ended, filters_at
from cnnsearch.families.unet.stride import PARAMETER, last_level, refused
from cnnsearch.networks.layers import HEAD, Layer, initializer
from cnnsearch.networks.sizes import Shape

__all__ = ["PREFIX", "decoder_of", "levels_of"]

PREFIX = "decoder_"
"""Of the names of its layers, as backbones have names of their own."""


def levels_of(config: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Levels whose maps are joined where the backbone has them, and the one that it must have: the deepest.

    Raises:
        TrialError: no way up is left.
    """
    depth: int = config["depth"]
    if why := refused(config):
        raise TrialError(f"impossible architecture: {why}")
    first = max(1, last_level(config)) if config["skip_connections"] else depth
    return tuple(range(first, depth + 1)), (depth,)


def decoder_of(
    config: Mapping[str, Any], sides: tuple[int, int], maps: Mapping[int, Shape], width: Any
) -> Iterator[Layer]:
    """The first of them takes the deepest map.

    Args:
        config: of the family.
        sides: height and width of the pictures.
        maps: level -> shape of the backbone's map, which is the picture halved so often; some levels may have none.
        width: numbers of each place.
    """
    depth: int = config["depth"]
    rate = config["dropout"]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program drops anything
        yield Layer("Dropout", f"{PREFIX}dropout", (rate,), reads="dropout", block=depth + 1)
    here = maps[depth][:2]
    for level in reversed(range(last_level(config), depth)):
        last = doubling(config, level, PREFIX)
        yield last
        here, doubled = _sides(sides, maps, level), tuple(2 * side for side in here)
        for last in fitted(doubled, here, f"{PREFIX}{{}}_{level + 1}", level + 1):
            yield last
        if config["skip_connections"] and level in maps:
            taken = (last.name, map_name(level))
            if config["skip_projection"]:
                yield from _projected(config, level)
                taken = (last.name, f"{PREFIX}skip_{level + 1}")
            yield Layer("Concatenate", f"{PREFIX}joined_{level + 1}", takes=taken, block=level + 1)
        yield from convolutions(config, "up", level, PREFIX)
    enlarged = tuple(config[PARAMETER] * side for side in here)
    yield from ended(config, width, fitted(enlarged, sides, f"{PREFIX}{{}}", HEAD), PREFIX)


def _projected(config: Mapping[str, Any], level: int) -> Iterator[Layer]:
    """The backbone's map by a 1x1 convolution, as in feature pyramids (Lin et al. 2017): those of deep levels have
    hundreds of channels, over which a larger kernel would cost more than all else on the way up."""
    options = {"kernel_initializer": initializer(config["activation"])}
    sizes = (filters_at(config, level), 1)
    name, taken = f"{PREFIX}skip_{level + 1}", (map_name(level),)
    yield Layer("Conv2D", name, sizes, options, is_penalized=True, block=level + 1, takes=taken)


def _sides(sides: tuple[int, int], maps: Mapping[int, Shape], level: int) -> tuple[int, ...]:
    """Of a level: as the backbone has them, which need not be halves to the pixel."""
    return maps[level][:2] if level in maps else tuple(-(-side // 2**level) for side in sides)
