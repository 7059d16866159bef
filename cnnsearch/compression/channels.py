"""Channels: which channels of a network's maps hang together, so that all of them go or none."""

from __future__ import annotations

import numpy as np

__all__ = ["Channels"]


class Channels:
    """Channels by their numbers, which maps share, and layers tie: the forest of a union-find (Tarjan 1975)."""

    def __init__(self) -> None:
        self._above: list[int] = []
        self._held: list[int] = []

    def new(self, count: int) -> np.ndarray:
        """So many that nothing ties yet, ``(count,)``."""
        first = len(self._above)
        self._above.extend(range(first, first + count))
        return np.arange(first, first + count)

    def tie(self, first: np.ndarray, *others: np.ndarray) -> None:
        """Channels at the same places go together, or none of them does; all arrays are of one length."""
        for other in others:
            for one, another in zip(first.tolist(), other.tolist(), strict=True):
                self._above[self._root(another)] = self._root(one)

    def hold(self, channels: np.ndarray) -> None:
        """These never go, nor does what is tied to them."""
        self._held.extend(channels.tolist())

    @property
    def roots(self) -> np.ndarray:
        """Of each channel the number of the one that stands for all that are tied to it."""
        return np.array([self._root(number) for number in range(len(self._above))], int)

    @property
    def held(self) -> frozenset[int]:
        """The roots of what never goes."""
        return frozenset(map(self._root, self._held))

    def _root(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = number = self._above[self._above[number]]
        return number
