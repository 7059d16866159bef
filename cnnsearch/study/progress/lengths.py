"""How many epochs trials have, by those that have ended and those that still run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

__all__ = ["Lengths"]

_AS_MANY = 3
"""Trials that what is expected of the scheduler counts for at a rung, beside those that have been judged there."""


class Lengths:
    """Learns the share of trials that goes on after each epoch (Kaplan and Meier, JASA 1958).

    A trial that runs tells of the epochs that it has come through. Without it those that ended soon would count for too
    much, as they are the first ones to have ended.

    Args:
        epochs: of a full trial.
        shares: rung -> share that is expected to go on there.
        ended: epochs of each trial that has ended.
        running: epochs of each trial that has come so far.
    """

    def __init__(self, epochs: int, shares: Mapping[int, float], ended: Iterable[int], running: Iterable[int]) -> None:
        ends, through = Counter(ended), Counter(running)
        reached = ends.total() + through.total()
        self._epochs = epochs
        self._going: list[float] = []
        for epoch in range(epochs):
            weight = _AS_MANY if epoch in shares else 0
            going = reached - ends[epoch] + weight * shares.get(epoch, 0.0)
            self._going.append(going / (reached + weight) if reached + weight else 1.0)
            reached -= ends[epoch] + through[epoch]  # of what runs nobody knows whether it goes on after the next one

    def expected(self, reached: int) -> float:
        """Mean epochs of a trial that has come through so many of them."""
        total, share = float(reached), 1.0
        for epoch in range(reached + 1, self._epochs + 1):
            total += share
            share *= self._going[epoch] if epoch < self._epochs else 1.0
        return total
