"""What every contestant is given: a data set, a space, workers, and simulated time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.search.surrogate import Curve, Surrogate
from cnnsearch.experiment import Experiment
from cnnsearch.space import Space

__all__ = ["Trace", "Work", "work_of"]

_RANDOM = 400
"""Random configs by which a data set's time and values are measured."""
_STARTUP = 0.02
"""Of a full training: what a worker takes to build and compile a network, about one epoch of 52."""

Trace = list[tuple[float, float]]
"""Seconds and values: each epoch that was trained within the time, in any order."""


@dataclass(frozen=True)
class Work:
    """One search.

    Attributes:
        surrogate, task: give the curves.
        workers: trials at once.
        training: seconds of a full training, the mean over random configs.
        trainings: so many of these the workers have time for, together.
        median, best: of the best values of random configs.
        experiment: whose trials gave the curves; ``None``: no sweep of ours did.
    """

    surrogate: Surrogate
    task: str
    workers: int
    training: float
    trainings: float
    median: float
    best: float
    experiment: Experiment | None = None
    trace: Trace = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Until the search ends."""
        return self.training * self.trainings / self.workers

    @property
    def startup(self) -> float:
        """Seconds before the first epoch of a trial."""
        return self.training * _STARTUP

    @property
    def space(self) -> dict[str, Any]:
        """As in an experiment file."""
        return self.surrogate.space

    @property
    def epochs(self) -> int:
        """Of a full training."""
        return self.surrogate.epochs

    def curve(self, config: dict[str, Any]) -> Curve:
        return self.surrogate.curve(self.task, config)


def work_of(surrogate: Surrogate, task: str, workers: int, trainings: float) -> Work:
    """The search of a data set, measured on random configs that no contestant sees."""
    rng, space = np.random.default_rng(987654321), Space(surrogate.space)
    curves = [surrogate.curve(task, space.sample(rng)) for _ in range(_RANDOM)]
    bests = [max(curve.values) for curve in curves]
    training = float(np.mean([sum(curve.seconds) for curve in curves]))
    return Work(surrogate, task, workers, training, trainings, float(np.median(bests)), max(bests))
