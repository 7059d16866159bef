"""The grid: which points of the space it has, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.space import Parameter, Space, shown, value_key
from cnnsearch.space.constraints import Constraint

__all__ = ["MAX_GRID", "grid_problems"]

MAX_GRID = 1_000_000
"""Configs that sampler grid takes at most; it keeps them all in memory."""

_MOST_SHOWN = 8


def grid_problems(
    sampler: Any, space: Mapping[str, Parameter], constraints: Sequence[Constraint] = ()
) -> list[Problem]:
    """What is wrong with a grid over a space; nothing where the sampler is another one.

    Args:
        sampler: as it was given.
        space: those parameters that are valid by themselves.
        constraints: that its points keep.
    """
    options = {"name": sampler} if isinstance(sampler, str) else sampler
    if not isinstance(options, Mapping) or options.get("name") != "grid":
        return []
    points: Any = options.get("points")
    if points is None and any(parameter.size is None for parameter in space.values()):
        rule = "sampler grid needs a step here, a choice, or sampler: {name: grid, points: 5}"
        return [Problem(f"space.{name}", rule) for name in space if space[name].size is None]
    if points is not None and not SAMPLERS["grid"].options["points"].accepts(points):
        return []
    try:
        whole = Space(space).kept_to(constraints)
    except InputError:
        return []  # told by the space's own validation
    size = whole.size(points)
    if size is None:
        rule = "grid lists what constraints are about, and here this is too much: take steps, fewer points, or random"
        return [Problem("sampler", rule)]
    if size == 0:
        return [Problem("constraints", "no point of the grid keeps them", [each.text for each in constraints])]
    if size > MAX_GRID:
        rule = f"grid takes at most {MAX_GRID:,} configs and this space has {size:,}"
        return [Problem("sampler", f"{rule}: take steps, points or sampler random")]
    return [] if points is None or is_recorded() else list(_unmet(whole, points))


def _unmet(space: Space, points: int) -> Iterator[Problem]:
    """Conditions that hold at no point of the grid: their parameters would be in no config, without a word."""
    for name, parameter in space.items():
        for parent, allowed in parameter.when.items():
            taken = space[parent].points(points)
            keys = set(map(value_key, taken))
            if not any(value_key(value) in keys for value in allowed):
                rule = (
                    f"holds at no point of the grid, which takes {_listed(taken)} of '{parent}' with points: {points}"
                )
                yield Problem(
                    f"space.{name}.when.{parent}", f"{rule}; name one of these, or take more points", [*allowed]
                )


def _listed(values: Sequence[Any]) -> str:
    texts = [repr(shown(value)) for value in values]
    if len(texts) > _MOST_SHOWN:
        texts = [*texts[: _MOST_SHOWN - 1], "...", texts[-1]]
    return ", ".join(texts)
