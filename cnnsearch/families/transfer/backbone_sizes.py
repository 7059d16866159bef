"""What the backbones of ``keras.applications`` take, known without building them; the tests compare with Keras."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from cnnsearch.networks.sizes import Shape, Sizes

__all__ = ["BackboneSize", "Level", "backbone_size"]

_FILE = "backbone_sizes.json"


@dataclass(frozen=True)
class Level:
    """The layers of a backbone whose outputs have the same sides.

    Attributes:
        chain: from a side of the picture to that here, ``side = (side + add) // divide``, one after the other.
        layers: how many.
        weights: all that they hold, moving statistics included.
        macs: multiplications with additions for each position.
        fixed_macs: those of layers behind a pooling over all positions, as in squeeze and excitation.
        values: numbers that the layers give of each position.
    """

    chain: tuple[tuple[int, int], ...]
    layers: float
    weights: float
    macs: float
    fixed_macs: float
    values: float

    def sides(self, shape: Shape) -> tuple[int, int]:
        """Of a picture of ``(height, width, ...)``."""
        height, width = shape[:2]
        for add, divide in self.chain:
            height, width = (height + add) // divide, (width + add) // divide
        return height, width

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
    """

    features: int
    levels: tuple[Level, ...]

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


def backbone_size(backbone: str, alpha: float) -> BackboneSize | None:
    """That of a backbone of this width; ``None`` where that is not known, as of one that somebody saved."""
    widths = _known().get(backbone, {})
    return widths.get(alpha if len(widths) > 1 else 1.0)


def _summed(sizes: Iterable[Sizes]) -> Sizes:
    found = list(sizes)
    weights, macs, values = zip(*((each.weights, each.macs, each.values) for each in found), strict=True)
    return Sizes(sum(weights), sum(macs), sum(values))


@functools.cache
def _known() -> Mapping[str, Mapping[float, BackboneSize]]:
    """Backbone -> width -> its size."""
    text = resources.files("cnnsearch.families.transfer").joinpath(_FILE).read_text(encoding="utf-8")
    found: dict[str, dict[float, BackboneSize]] = {}
    for line in json.loads(text):
        size = BackboneSize(line["features"], tuple(_levels(line["levels"])))
        found.setdefault(line["backbone"], {})[line["alpha"]] = size
    return found


def _levels(lines: Iterable[list[Any]]) -> Iterator[Level]:
    for chain, *counts in lines:
        yield Level(tuple((add, divide) for add, divide in chain), *counts)
