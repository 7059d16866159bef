"""How much of a space its constraints leave."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.space.size import MOST_STEPS, configs_of
from cnnsearch.space.values import Config, value_key

if TYPE_CHECKING:
    from cnnsearch.space.space import Space

__all__ = ["configs_kept", "kept_parts", "none_keeps", "share_kept"]


def configs_kept(space: Space, points: int | None) -> int | None:
    """Number of distinct configs that keep the constraints; ``None`` where it is not finite, or they are too many.

    The parameters that constraints are about are listed, the others counted.

    Args:
        space: with constraints.
        points: how many values stand for a range; ``None`` counts every value.
    """
    part = _part(space)
    number = configs_of(part, points)
    if number is None or number > MOST_STEPS:
        return None
    rest = _Rest(space, part, points)
    total = 0
    for config in part.grid(points):
        completions = rest.number(config)
        if completions is None:
            return None
        total += completions
    return total


def share_kept(space: Space, draws: int) -> float:
    """Of so many random configs, the share that keeps the constraints."""
    part = _part(space)
    return sum(1 for _ in part.draws(np.random.default_rng(0), draws)) / draws


def none_keeps(space: Space, draws: int) -> str:
    """That no config keeps the constraints, in words, with how that is known; empty: one does.

    So many are drawn. Where these break them, the parameters that constraints are about are listed, if that can be.
    """
    part = _part(space)
    if next(part.draws(np.random.default_rng(0), draws), None) is not None:
        return ""
    number = _listed(part)
    if number is None:
        return f"none of {draws:,} random configs does, so hardly any can"
    return f"none of all {number:,} combinations does" if next(part.grid(), None) is None else ""


def kept_parts(space: Space, points: int | None) -> Iterator[Config]:
    """Each combination of the parameters that constraints are about which keeps them; none where they are too many.

    Arguments as of :func:`configs_kept`.
    """
    part = _part(space)
    return iter(()) if _listed(part, points) is None else part.grid(points)


def _listed(part: Space, points: int | None = None) -> int | None:
    """The configs of a space without its constraints; ``None`` where they are too many to be listed."""
    number = configs_of(part, points)
    return None if number is None or number > MOST_STEPS else number


def _part(space: Space) -> Space:
    """The parameters that constraints are about, and those on which it depends whether these are active."""
    wanted = {name for constraint in space.constraints for name in constraint.names}
    for name in reversed(space.ordered):
        if name in wanted:
            wanted.update(space[name].when)
    return type(space)({name: space[name] for name in space if name in wanted}).kept_to(space.constraints)


class _Rest:
    """The parameters that no constraint is about: in how many ways they go on from a config of the others."""

    def __init__(self, space: Space, part: Space, points: int | None) -> None:
        self._space = space
        self._part = part
        self._points = points
        self._outside = [name for name in space.ordered if name not in part]
        self._parents = sorted({parent for name in self._outside for parent in space[name].when if parent in part})
        self._numbers: dict[Hashable, int | None] = {}

    def number(self, config: Mapping[str, Any]) -> int | None:
        key = tuple((parent in config, value_key(config.get(parent))) for parent in self._parents)
        if key not in self._numbers:
            self._numbers[key] = self._counted(config)
        return self._numbers[key]

    def _counted(self, config: Mapping[str, Any]) -> int | None:
        """Of the space that is left when the others are settled: what can be active has conditions among itself."""
        left: Config = {}
        for name in self._outside:
            when = self._space[name].when
            inner = {parent: allowed for parent, allowed in when.items() if parent not in self._part}
            settled = {parent: allowed for parent, allowed in when.items() if parent in self._part}
            met = all(
                parent in config and value_key(config[parent]) in set(map(value_key, allowed))
                for parent, allowed in settled.items()
            )
            if met and all(parent in left for parent in inner):
                left[name] = replace(self._space[name], when=inner)
        return type(self._space)(left).size(self._points)
