"""What the backbones of ``keras.applications`` take, known without building them; the tests compare with Keras."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.networks.sizes import Shape, Sizes, cost_of_weights

__all__ = ["BackboneSize", "Level", "Map", "backbone_size"]

_FILE = "backbone_sizes.json"


@dataclass(frozen=True)
class Map:
    """The map before a halving, see :func:`~cnnsearch.families.transfer.halved_maps.halved_maps`.

    Attributes:
        level: how often the picture is halved.
        chain: as of :class:`Level`.
        channels: of it.
        place: of its layer in ``model.layers``, counted from the end, from 1 on; negative: of a layer that takes it.
    """

    level: int
    chain: tuple[tuple[int, int], ...]
    channels: int
    place: int

    def shape(self, shape: Shape) -> Shape:
        """Of a picture of ``(height, width, ...)``."""
        return (*_sides(self.chain, shape), self.channels)


@dataclass(frozen=True)
class Level:
    """The layers of a backbone whose outputs have the same sides, and that the same map is the first to need.

    Attributes:
        needed: level of that map.
        chain: from a side of the picture to that here, ``side = (side + add) // divide``, one after the other.
        layers: how many.
        weights: all that they hold, moving statistics included.
        macs: multiplications with additions for each position.
        fixed_macs: those of layers behind a pooling over all positions, as in squeeze and excitation.
        values: numbers that the layers give of each position.
    """

    needed: int
    chain: tuple[tuple[int, int], ...]
    layers: float
    weights: float
    macs: float
    fixed_macs: float
    values: float

    def sides(self, shape: Shape) -> tuple[int, int]:
        """Of a picture of ``(height, width, ...)``."""
        return _sides(self.chain, shape)

    def sizes(self, shape: Shape) -> Sizes:
        """What the layers take for one picture."""
        positions = math.prod(self.sides(shape))
        return Sizes(
            round(self.weights), round(self.macs * positions + self.fixed_macs), round(self.values * positions)
        )

    def last(self, layers: float) -> Level:
        """About its last layers: each is taken to be an equal share of it."""
        share = min(1.0, layers / self.layers)
        found = {name: getattr(self, name) * share for name in ("layers", "weights", "macs", "fixed_macs", "values")}
        return replace(self, **found)


@dataclass(frozen=True)
class BackboneSize:
    """What a backbone takes.

    Attributes:
        features: channels of its last feature map.
        levels: in the order in which pictures come through them; blocks that halve the sides stand in two.
        maps: before each halving, the last one its end.
    """

    features: int
    levels: tuple[Level, ...]
    maps: tuple[Map, ...] = ()

    @property
    def weights(self) -> int:
        """All that it holds, moving statistics included."""
        return sum(round(level.weights) for level in self.levels)

    def sizes(self, shape: Shape) -> Sizes:
        """Of the whole backbone, for one picture."""
        return _summed(level.sizes(shape) for level in self.levels)

    def unfrozen(self, asked: int | float | str, shape: Shape) -> Sizes:
        """About what its last layers take, those that ``unfrozen_layers`` asks for; of a named block: of all layers."""
        total = sum(level.layers for level in self.levels)
        left = total if isinstance(asked, str) else float(asked if isinstance(asked, int) else round(asked * total))
        found = []
        for level in reversed(self.levels):
            found.append(level.last(left).sizes(shape))
            left = max(0.0, left - level.layers)
        return _summed(found)

    def shape(self, shape: Shape) -> Shape:
        """Of its last feature map."""
        return (*self.levels[-1].sides(shape), self.features)

    def encoder(self, depth: int) -> BackboneSize:
        """The part of it that the map of this level needs.

        Raises:
            TrialError: it has no such map.
        """
        maps = tuple(each for each in self.maps if each.level <= depth)
        if not maps or maps[-1].level != depth:
            told = ", ".join(str(each.level) for each in self.maps)
            raise TrialError(f"this encoder has no map of depth {depth}: depth must be one of {told}")
        return BackboneSize(maps[-1].channels, tuple(each for each in self.levels if each.needed <= depth), maps)

    def maps_of(self, shape: Shape) -> dict[int, Shape]:
        """Level -> shape of its map, of pictures of ``(height, width, ...)``."""
        return {each.level: each.shape(shape) for each in self.maps}

    def cost_with(
        self, behind: Sizes, asked: int | float | str, config: Mapping[str, Any], shape: Shape
    ) -> dict[str, float]:
        """As the cost of a trial tells it, of the backbone and what is trained behind it.

        Args:
            behind: what that takes.
            asked: as of :meth:`unfrozen`.
            config: filled.
            shape: of the pictures.
        """
        whole, unfrozen = self.sizes(shape), self.unfrozen(asked, shape)
        frozen = cost_of_weights(whole.weights - unfrozen.weights)["model_bytes"]
        return {
            **cost_of_weights(whole.weights + behind.weights),
            "macs": float(whole.macs + behind.macs),
            "gpu_memory_bytes": _summed((unfrozen, behind)).cost(config)["gpu_memory_bytes"] + frozen,
        }


def backbone_size(backbone: str, alpha: float) -> BackboneSize | None:
    """That of a backbone of this width; ``None`` where that is not known, as of one that somebody saved."""
    widths = _known().get(backbone, {})
    return widths.get(alpha if len(widths) > 1 else 1.0)


def _sides(chain: Iterable[tuple[int, int]], shape: Shape) -> tuple[int, int]:
    height, width = shape[:2]
    for add, divide in chain:
        height, width = (height + add) // divide, (width + add) // divide
    return height, width


def _summed(sizes: Iterable[Sizes]) -> Sizes:
    found = list(sizes)
    weights, macs, values, frozen = zip(
        *((each.weights, each.macs, each.values, each.frozen) for each in found), strict=True
    )
    return Sizes(sum(weights), sum(macs), sum(values), sum(frozen))


@functools.cache
def _known() -> Mapping[str, Mapping[float, BackboneSize]]:
    """Backbone -> width -> its size."""
    text = resources.files("cnnsearch.families.transfer").joinpath(_FILE).read_text(encoding="utf-8")
    found: dict[str, dict[float, BackboneSize]] = {}
    for line in json.loads(text):
        size = BackboneSize(line["features"], tuple(_levels(line["levels"])), tuple(_maps(line["maps"])))
        found.setdefault(line["backbone"], {})[line["alpha"]] = size
    return found


def _levels(lines: Iterable[list[Any]]) -> Iterator[Level]:
    for needed, chain, *counts in lines:
        yield Level(needed, _pairs(chain), *counts)


def _maps(lines: Iterable[list[Any]]) -> Iterator[Map]:
    for level, chain, channels, place in lines:
        yield Map(level, _pairs(chain), channels, place)


def _pairs(chain: Iterable[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((add, divide) for add, divide in chain)
