"""asha: asynchronous successive halving (Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning).

Decides as the ``AsyncHyperBandScheduler`` of Ray does with one bracket; the tests hold it to that.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cnnsearch.search.schedulers.scheduler import AUDIT, GRACE, Decision, Go, SchedulerSpec, Stop, Unpausing, grace_of
from cnnsearch.space.specs import Parameters, ParameterSpec

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["ASHA", "Asha", "Rule", "by_quantile", "rungs_of"]


class Rule(Protocol):
    """Says who goes on at a rung."""

    def __call__(self, there: Collection[Vector], own: Vector) -> bool:
        """Whether a trial does.

        Args:
            there: what the trials have that the rung counts, in the order in which they came.
            own: what the trial has.
        """


class Asha(Unpausing):
    """At each rung the best ``1 / reduction`` of those that came there so far go on.

    Args:
        grace: epochs of the first rung.
        reduction: epochs of a rung over those of the rung before.
        epochs: of a full trial.
        rule: who these are; left out, by their scores.
    """

    def __init__(self, grace: int, reduction: int, epochs: int, rule: Rule | None = None) -> None:
        self._epochs = epochs
        self._goes_on = rule or by_quantile(reduction)
        # The highest first. One lies at the end itself, so that who comes there is not counted lower down.
        self._rungs: list[tuple[int, dict[int, Vector]]] = [
            (rung, {}) for rung in reversed(rungs_of(grace, reduction, epochs))
        ]

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        return Stop() if epoch >= self._epochs or self._falls_short(trial, epoch, (score, *beside)) else Go()

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        if score is not None:
            self._falls_short(trial, epoch, (score, *beside))

    def stays(self, trial: int, rung: int) -> bool:
        """Whether a trial that stands on a rung, by its epochs, is among those that go on there, as the rung is now."""
        there = dict(self._rungs)[rung]
        return self._goes_on(there.values(), there[trial])

    def _falls_short(self, trial: int, epoch: int, own: Vector) -> bool:
        """Let a trial stand on the highest rung that it has reached; whether it is below those that go on there."""
        for rung, there in self._rungs:
            if epoch >= rung and trial not in there:
                goes_on = self._goes_on(there.values(), own)
                there[trial] = own
                return not goes_on
        return False


def by_quantile(reduction: int) -> Rule:
    """The rule of one objective: a bar among the scores that are there; the first trial must reach nothing.

    A score that is not a number is no bar, and nothing is below it.
    """
    quantile = (1 - 1 / reduction) * 100

    def goes_on(there: Collection[Vector], own: Vector) -> bool:
        known = [score for score, *_ in there if not math.isnan(score)]
        return not known or not own[0] < float(np.percentile(known, quantile))

    return goes_on


def rungs_of(grace: int, reduction: int, most: int) -> list[int]:
    """Epochs of the rungs, ascending, ``most`` at most."""
    rungs = []
    rung = grace
    while rung <= most:
        rungs.append(rung)
        rung *= reduction
    return rungs


def _make_several(options: Mapping[str, Any], epochs: int) -> Asha:
    from cnnsearch.search.schedulers.by_fronts import by_fronts  # a study is not imported for its name

    reduction = options["reduction"]
    return Asha(grace_of(options, epochs), reduction, epochs, by_fronts(reduction))


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
    make_several=_make_several,
)
