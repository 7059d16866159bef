"""How many configs a space has, counted without listing them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem
from cnnsearch.space.values import value_key

if TYPE_CHECKING:
    from cnnsearch.space.space import Space

__all__ = ["MOST_STEPS", "check_countable", "configs_of"]

MOST_STEPS = 200_000
"""Combinations of what parents rule out that are looked at, for all parameters together: about a second."""

RuledOut = int
"""Children that some value of a parent rules out: a set, one bit a parameter, as there may be a million of them."""


def configs_of(space: Space, points: int | None) -> int | None:
    """Number of distinct configs; ``None`` where it is not finite.

    Args:
        space: to count.
        points: how many values stand for a range; ``None`` counts every value.
    """
    return _Count(space, points).number(stops=True)


def check_countable(space: Space) -> None:
    """Whether the configs of a space can be counted.

    Raises:
        InputError: its conditions hang together so that counting would look at too many combinations.
    """
    _Count(space, None).number(stops=False)


class _Count:
    """Counts from the parents down.

    What comes after some parameters depends on these only by the children that they have ruled out: configs of which
    the same children are ruled out are counted together. Twenty parents of one child are one bit.
    """

    def __init__(self, space: Space, points: int | None) -> None:
        self._space = space
        self._points = points
        self._children = _children(space)
        self._bits = {name: 1 << place for place, name in enumerate(space)}

    def number(self, stops: bool) -> int | None:
        """Of configs; ``None`` where it is not finite.

        Args:
            stops: where that is known; else the rest is counted too, for its cost.
        """
        ways: Mapping[RuledOut, int] = {0: 1}
        is_finite, steps = True, 0
        for name in _order(self._space, self._children):
            branches = self._branches(name)
            if branches is None and any(not ruled_out & self._bits[name] for ruled_out in ways):
                is_finite = False
                if stops:
                    return None
            steps += len(ways) * len(branches or (0,))
            if steps <= MOST_STEPS:
                ways = self._after(name, ways, branches or {0: 1})
            else:
                rule = "conditions hang together so that its configs cannot be counted; let fewer parameters have "
                raise InputError(Problem(name, f"{rule}several parents in their 'when', or the same parents"))
        return sum(ways.values()) if is_finite else None

    def _after(self, name: str, ways: Mapping[RuledOut, int], branches: Mapping[RuledOut, int]) -> Counter[RuledOut]:
        """In how many ways which children are ruled out, now that ``name`` is settled too."""
        own = self._bits[name]
        every = sum(self._bits[child] for child in self._children[name])
        following: Counter[RuledOut] = Counter()
        for ruled_out, number in ways.items():
            if ruled_out & own:  # an inactive parent meets no condition
                following[(ruled_out ^ own) | every] += number
            else:
                for more, values in branches.items():
                    following[ruled_out | more] += number * values
        return following

    def _branches(self, name: str) -> Mapping[RuledOut, int] | None:
        """Children that a value rules out -> how many values do just that; ``None``: of infinitely many values."""
        parameter = self._space[name]
        listed = None if self._points is None else parameter.points(self._points)
        size = parameter.size if listed is None else len(listed)
        if size is None:
            return None
        rest = 0
        met: Counter[object] = Counter()
        for child in self._children[name]:
            rest |= self._bits[child]
            for key in set(map(value_key, self._space[child].when[name])):
                met[key] += self._bits[child]
        if listed is not None:
            of_the_grid = set(map(value_key, listed))
            met = Counter({key: children for key, children in met.items() if key in of_the_grid})
        found = Counter(rest ^ children for children in met.values())
        if size > len(met):
            found[rest] += size - len(met)
        return found


def _children(space: Space) -> Mapping[str, tuple[str, ...]]:
    """Parameter -> those whose ``when`` names it."""
    found: dict[str, list[str]] = {name: [] for name in space}
    for name, parameter in space.items():
        for parent in parameter.when:
            found[parent].append(name)
    return {name: tuple(children) for name, children in found.items()}


def _order(space: Space, children: Mapping[str, tuple[str, ...]]) -> list[str]:
    """All names, each child as soon after the last of its parents as can be: few are then ruled out at a time."""
    waiting = {name: len(parameter.when) for name, parameter in space.items()}
    place = {name: number for number, name in enumerate(space.ordered)}
    order: list[str] = []
    for root in space.ordered:
        ready = [(0, 0, root)] if not space[root].when else []
        while ready:
            name = heapq.heappop(ready)[-1]
            order.append(name)
            for child in children[name]:
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, (-len(order), place[child], child))
    return order
