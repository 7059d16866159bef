"""A draw of splits that divides no group, and keeps the shares of the strata as well as the groups allow."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.strata import draw

__all__ = ["grouped_draw"]

_TRIES = 20
"""Draws until every split has every stratum."""


def grouped_draw(strata: np.ndarray, groups: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which split each picture is in.

    The groups go one after the other, the largest first, to the split that they overfill least, and of those to the one
    with most room for their strata; pictures that are a group of their own then fill what is missing. Where that leaves
    a split without some stratum, the groups go in random orders, and first where a stratum of theirs is missing.

    Args:
        strata: ``(n,)`` stratum of each picture, counted from 0.
        groups: ``(n,)`` number of the group of each.
        wanted: ``(splits, strata)`` how many each split should have.
        rng: source of the draw.

    Returns:
        ``(n,)`` number of the split; where no draw was found that gives each split all strata, some split lacks one.
    """
    parts = _members(groups)
    several = [part for part in parts if len(part) > 1]
    single = np.sort(np.concatenate([np.zeros(0, np.int64), *(part for part in parts if len(part) == 1)]))
    order = sorted(rng.permutation(len(several)), key=lambda place: -len(several[place]))
    placing = _Placing(strata, wanted, rng)
    for place in order:
        placing.place(several[place])
    placing.fill(single)
    for _ in range(_TRIES):
        if not placing.lacks:
            break
        placing = _Placing(strata, wanted, rng)
        for place in rng.permutation(len(parts)):
            placing.place(parts[place], covering=True)
    return placing.drawn


def _members(groups: np.ndarray) -> list[np.ndarray]:
    """Indices of the pictures of each group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


class _Placing:
    """One draw in the making; arguments as of :func:`grouped_draw`."""

    def __init__(self, strata: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> None:
        self.drawn = np.zeros(len(strata), np.int64)
        self._strata, self._wanted, self._rng = strata, np.maximum(wanted, 1), rng
        self._left = wanted.astype(np.float64)

    @property
    def lacks(self) -> bool:
        """Whether some split has no picture of some stratum."""
        filled = np.zeros(self._left.shape, bool)
        filled[self.drawn, self._strata] = True
        return not filled.all()

    def place(self, members: np.ndarray, covering: bool = False) -> None:
        """Give a group to a split; ``covering`` to one that lacks a stratum of it, where there is one."""
        kinds, counts = np.unique(self._strata[members], return_counts=True)
        left = self._left[:, kinds]
        bare = (left >= self._wanted[:, kinds]).sum(axis=1) if covering else np.zeros(len(left))
        over = np.maximum(counts - left, 0).sum(axis=1)
        room = (counts * left / self._wanted[:, kinds]).sum(axis=1)
        chosen = np.lexsort((self._rng.random(len(left)), -room, over, -bare))[0]
        self.drawn[members] = chosen
        self._left[chosen, kinds] -= counts

    def fill(self, single: np.ndarray) -> None:
        """Give pictures that are alone to the splits after the first one, which keeps the rest."""
        for split in range(1, len(self._left)):
            there = np.bincount(self._strata[single], minlength=self._left.shape[1])
            missing = np.minimum(np.maximum(self._left[split], 0).astype(np.int64), there)
            taken = draw(self._strata[single], missing, self._rng)
            self.drawn[single[taken]] = split
            single = np.delete(single, taken)
