"""asha: asynchronous successive halving (Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning).

Decides as the ``AsyncHyperBandScheduler`` of Ray does with one bracket; the tests hold it to that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from cnnsearch.search.schedulers.scheduler import AUDIT, GRACE, Decision, Go, SchedulerSpec, Stop, Unpausing, grace_of
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["ASHA", "Asha", "rungs_of"]


class Asha(Unpausing):
    """At each rung the best ``1 / reduction`` of those that came there so far go on.

    Args:
        grace: epochs of the first rung.
        reduction: epochs of a rung over those of the rung before.
        epochs: of a full trial.
    """

    def __init__(self, grace: int, reduction: int, epochs: int) -> None:
        self._epochs = epochs
        self._quantile = (1 - 1 / reduction) * 100
        # The highest first. One lies at the end itself, so that who comes there is not counted lower down.
        self._rungs: list[tuple[int, dict[int, float]]] = [
            (rung, {}) for rung in reversed(rungs_of(grace, reduction, epochs))
        ]

    def decide(self, trial: int, epoch: int, score: float) -> Decision:
        return Stop() if epoch >= self._epochs or self._falls_short(trial, epoch, score) else Go()

    def end(self, trial: int, epoch: int, score: float | None) -> None:
        if score is not None:
            self._falls_short(trial, epoch, score)

    def stays(self, trial: int, rung: int) -> bool:
        """Whether a trial that stands on a rung, by its epochs, is among those that go on there, as the rung is now."""
        scores = dict(self._rungs)[rung]
        return not scores[trial] < self._bar(scores)

    def _falls_short(self, trial: int, epoch: int, score: float) -> bool:
        """Let a trial stand on the highest rung that it has reached; whether it is below those that go on there."""
        for rung, scores in self._rungs:
            if epoch >= rung and trial not in scores:
                bar = self._bar(scores)
                scores[trial] = score
                return score < bar
        return False

    def _bar(self, scores: Mapping[int, float]) -> float:
        """What a trial that comes to a rung must reach: among those that are there; the first one must reach nothing.

        A score that is not a number is no bar, and nothing is below it.
        """
        known = [score for score in scores.values() if not math.isnan(score)]
        return float(np.percentile(known, self._quantile)) if known else -math.inf


def rungs_of(grace: int, reduction: int, most: int) -> list[int]:
    """Epochs of the rungs, ascending, ``most`` at most."""
    rungs = []
    rung = grace
    while rung <= most:
        rungs.append(rung)
        rung *= reduction
    return rungs


ASHA = SchedulerSpec(
    "asha",
    "asynchronous successive halving (Li et al. 2020): at each rung the best 1/reduction go on",
    Parameters(
        GRACE,
        ParameterSpec("reduction", "int", 3, "epochs of a rung over those of the rung before", low=2, high=16),
        AUDIT,
    ),
    decides=lambda options, epochs: tuple(rungs_of(grace_of(options, epochs), options["reduction"], epochs - 1)),
    make=lambda options, epochs: Asha(grace_of(options, epochs), options["reduction"], epochs),
)
