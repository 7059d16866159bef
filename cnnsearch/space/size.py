"""How many configs a space has, counted without listing them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from cnnsearch.space.values import Value, same, value_key

if TYPE_CHECKING:
    from cnnsearch.space.space import Space

__all__ = ["configs_of"]


class _Other:
    """Stands for any value of a parent that no condition names."""


_OTHER = _Other()

Branch = tuple[int, Value | _Other]
"""How many values of a parameter, and which."""


def configs_of(space: Space, points: int | None) -> int | None:
    """Number of distinct configs; ``None`` where it is not finite.

    Args:
        space: to count.
        points: how many values stand for a range; ``None`` counts every value.
    """
    return _Count(space, points).after(0, {})


class _Count:
    """Counts from the parents down; what the rest of a config does not depend on is counted once.

    Each parameter follows its parents as soon as it can, so that few of them are needed at a time.
    """

    def __init__(self, space: Space, points: int | None) -> None:
        self._space = space
        self._branches = {name: _branches(space, name, points) for name in space}
        self._order = _families(space)
        self._parents = [
            sorted({parent for name in self._order[place:] for parent in space[name].when})
            for place in range(len(space))
        ]
        self._known: dict[Hashable, int | None] = {}

    def after(self, place: int, config: Mapping[str, Value | _Other]) -> int | None:
        """Configs that extend ``config``, in which the first ``place`` parameters are settled."""
        if place == len(self._space):
            return 1
        needed = tuple((name, _key(config[name])) for name in self._parents[place] if name in config)
        if (place, needed) not in self._known:
            self._known[place, needed] = self._counted(place, config)
        return self._known[place, needed]

    def _counted(self, place: int, config: Mapping[str, Value | _Other]) -> int | None:
        name = self._order[place]
        if not self._is_active(name, config):
            return self.after(place + 1, config)
        branches = self._branches[name]
        if branches is None:
            return None
        counts = [(number, self.after(place + 1, {**config, name: value})) for number, value in branches]
        return None if any(rest is None for _, rest in counts) else sum(number * (rest or 0) for number, rest in counts)

    def _is_active(self, name: str, config: Mapping[str, Value | _Other]) -> bool:
        return all(
            parent in config and any(same(config[parent], value) for value in allowed)
            for parent, allowed in self._space[name].when.items()
        )


def _families(space: Space) -> list[str]:
    """All names, each child right after the last of its parents."""
    order: list[str] = []

    def place(name: str) -> None:
        order.append(name)
        for child in space.ordered:
            if name in space[child].when and child not in order and set(space[child].when) <= set(order):
                place(child)

    for name in space.ordered:
        if name not in order and not space[name].when:
            place(name)
    return order


def _branches(space: Space, name: str, points: int | None) -> list[Branch] | None:
    """Each value that some condition names, then all others as one; ``None``: infinitely many."""
    parameter = space[name]
    listed = None if points is None else parameter.points(points)
    size = parameter.size if listed is None else len(listed)
    if size is None:
        return None
    named = {value_key(value): value for other in space.values() for value in other.when.get(name, ())}
    if listed is not None:
        of_the_grid = set(map(value_key, listed))
        named = {key: value for key, value in named.items() if key in of_the_grid}
    rest = size - len(named)
    return [*((1, value) for value in named.values()), *([(rest, _OTHER)] if rest else [])]


def _key(value: Value | _Other) -> Hashable:
    return _OTHER if isinstance(value, _Other) else value_key(value)
