"""How much a prior is to be trusted: by how its trials did beside the others."""

from __future__ import annotations

import bisect
import math
from collections import deque

from cnnsearch.search.samplers.sampler import Outcome

__all__ = ["Trust"]

_RECENT = 30
"""Trials of each kind that are compared: what the sampler proposes gets better, and a prior must keep up with it."""

_BELIEF, _WEIGHT = 0.8, 4.0
"""The share of the others that a trial of a prior is believed to beat before any has run, and as how many trials that
counts."""

_NONE = 0.55
"""The share with which a prior is dropped: it brings hardly more than the sampler, which then explores the more."""

_BROKEN = -1e200
"""The score of a trial that breaks limits: worse than any that keeps them, and the worse the more it breaks them."""


class _Trial:
    """One that ended: epoch and the best score up to there, larger being better; none where it failed."""

    def __init__(self, outcome: Outcome, sign: int) -> None:
        self.length = math.inf
        self.epochs: list[int] = []
        self.scores: list[float] = []
        if outcome.excess:
            self._add(1, _BROKEN * (1 + outcome.excess))
        elif outcome.state != "FAILED" and outcome.value is not None:
            for epoch, value in outcome.curve or ((1, outcome.value),):
                self._add(epoch, sign * value)
            if outcome.state == "STOPPED":
                self.length = outcome.curve[-1][0] if outcome.curve else 1

    def _add(self, epoch: int, score: float) -> None:
        if not self.scores or score > self.scores[-1]:
            self.epochs.append(epoch)
            self.scores.append(score)

    def until(self, epoch: float) -> float:
        """The best score up to an epoch."""
        place = bisect.bisect_right(self.epochs, epoch) - 1
        return self.scores[place] if place >= 0 else -math.inf


class Trust:
    """Of each prior a number from 0 to 1: whether its trials beat the others, as far as both ran.

    It begins at 1, and is 0 where a trial of the prior beats hardly more than half of the others.

    Args:
        priors: how many there are.
        sign: 1 where a larger objective is better, else -1.
    """

    def __init__(self, priors: int, sign: int) -> None:
        self._sign = sign
        self._of: list[deque[_Trial]] = [deque(maxlen=_RECENT) for _ in range(priors)]
        self._others: deque[_Trial] = deque(maxlen=_RECENT)
        self._known: list[float] | None = None

    def tell(self, prior: int | None, outcome: Outcome) -> None:
        """A trial ended; ``prior`` is the one that proposed it."""
        (self._others if prior is None else self._of[prior]).append(_Trial(outcome, self._sign))
        self._known = None

    def values(self) -> list[float]:
        """Of each prior."""
        if self._known is None:
            self._known = [self._value(trials) for trials in self._of]
        return self._known

    def _value(self, trials: deque[_Trial]) -> float:
        weight = min(len(trials), len(self._others))
        won = sum(_won(one, other) for one in trials for other in self._others)
        share = won / (len(trials) * len(self._others)) if weight else 0.0
        believed = (_WEIGHT * _BELIEF + weight * share) / (_WEIGHT + weight)
        return min(max((believed - _NONE) / (_BELIEF - _NONE), 0.0), 1.0)


def _won(one: _Trial, other: _Trial) -> float:
    """1 where the first is better after as many epochs as both ran, 0 where the other is, else a half."""
    epoch = min(one.length, other.length)
    mine, its = one.until(epoch), other.until(epoch)
    return 0.5 if mine == its else float(mine > its)
