"""median: the median stopping rule (Golovin et al. 2017, Google Vizier: A Service for Black-Box Optimization).

Decides as the ``MedianStoppingRule`` of Ray does where it never pauses; the tests hold it to that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.search.schedulers.scheduler import AUDIT, GRACE, Decision, Go, SchedulerSpec, Stop, Unpausing, grace_of
from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["MEDIAN", "MedianRule"]


class MedianRule(Unpausing):
    """Stops a trial whose best score is below the median of what the others had, on average, by the same epoch.

    Args:
        grace: epochs that every trial may run; the averages begin there.
        least: trials to compare with before any is stopped.
    """

    def __init__(self, grace: int, least: int) -> None:
        self._grace = grace
        self._least = least
        self._told: dict[int, list[tuple[int, float]]] = {}

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:  # noqa: ARG002
        told = self._told.setdefault(trial, [])
        told.append((epoch, score))
        if epoch < self._grace:
            return Go()
        means = [mean for mean in self._means_of_others(trial, epoch) if math.isfinite(mean)]
        if len(means) < self._least:
            return Go()
        best = max(score for _, score in told)
        return Go() if max(float(np.median(means)), best) == best else Stop()

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:  # noqa: ARG002
        if score is not None:
            # The last epoch of a trial that was decided on counts twice, as it does in Ray's rule.
            self._told.setdefault(trial, []).append((epoch, score))

    def _means_of_others(self, trial: int, epoch: int) -> Iterator[float]:
        """Of each other trial that has come as far, the mean of its scores from the grace to ``epoch``."""
        for other, told in self._told.items():
            if other != trial and told[-1][0] >= epoch:
                scores = [score for known, score in told if self._grace <= known <= epoch]
                if scores:
                    yield float(np.mean(scores))


MEDIAN = SchedulerSpec(
    "median",
    "median stopping rule (Golovin et al. 2017): stops below the median of the running averages of the others",
    Parameters(
        GRACE,
        ParameterSpec("min_trials", "int", 3, "trials to compare with before any is stopped", low=1),
        AUDIT,
    ),
    decides=lambda options, epochs: tuple(range(grace_of(options, epochs), epochs)),
    make=lambda options, epochs: MedianRule(grace_of(options, epochs), options["min_trials"]),
)
