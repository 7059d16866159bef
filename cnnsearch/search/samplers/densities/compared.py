"""Compares trials that ran for different times: after the most epochs that enough of them have run."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

import numpy as np

from cnnsearch.search.samplers.densities.columns import Rows

__all__ = ["Compared"]

_ENOUGH = 12
"""Trials that must have run as long. With 7 parameters these are the first with which BOHB would use its model, and
some more."""


class Compared:
    """Scores of trials, larger being better, each the best one up to an epoch; numbered as they are added."""

    def __init__(self) -> None:
        self._curves: list[list[tuple[int, float]]] = []
        self._lengths: list[float] = []
        self._longest: list[float] = []
        self._epoch = 0.0
        self._known: list[float] = []

    def add(self, scores: Sequence[tuple[int, float]], ran_out: bool) -> None:
        """A trial ended.

        Args:
            scores: epoch, counted from 1 and ascending, and score after it; one at least.
            ran_out: it ended by itself, and would have had no other score with more epochs.
        """
        best, curve = -math.inf, []
        for epoch, score in scores:
            if score > best:  # later ones are no better
                best = score
                curve.append((epoch, score))
        self._curves.append(curve)
        self._lengths.append(math.inf if ran_out else scores[-1][0])
        bisect.insort(self._longest, self._lengths[-1])
        del self._longest[:-_ENOUGH]

    def best_first(self) -> Rows:
        """Numbers of the trials that ran as long as enough of them did, the best one first; of equal ones the first."""
        if self._longest[0] != self._epoch:
            self._epoch, self._known = self._longest[0], []
        for number in range(len(self._known), len(self._curves)):
            self._known.append(self._score(number))
        scores = np.array(self._known)
        ranked: Rows = np.argsort(-scores, kind="stable")
        return ranked[: int(np.isfinite(scores).sum())]

    def places_of(self, numbers: Rows) -> list[int]:
        """The place of each among those of :meth:`best_first`; equal ones share that of the first of them."""
        scores = [self._known[number] for number in numbers]
        places: list[int] = []
        for place, score in enumerate(scores):
            places.append(places[-1] if place and score == scores[place - 1] else place)
        return places

    def _score(self, number: int) -> float:
        """After the epoch of comparison; minus infinity where the trial did not come as far."""
        if self._lengths[number] < self._epoch:
            return -math.inf
        reached = [score for epoch, score in self._curves[number] if epoch <= self._epoch]
        return reached[-1] if reached else -math.inf
