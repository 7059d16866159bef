"""cnnsearch as a contestant: the samplers and schedulers of an experiment, on the same clock as the peers.

``cnnsearch.search.simulation`` drives the ledger and the record too, and takes five times as long; a test holds both to
the same configs.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import Outcome, make_sampler
from cnnsearch.search.schedulers import Go, make_scheduler, milestones

__all__ = ["experiment_of", "run"]


def experiment_of(work: Work, seed: int, sampler: dict[str, Any], scheduler: dict[str, Any]) -> Experiment:
    """What a user would write, without the recommended config at the start: peers know of none."""
    return Experiment(
        name="simulated",
        space=work.space,
        epochs=work.epochs,
        sampler=sampler,
        scheduler=scheduler,
        budget={"minutes": work.seconds / 60},
        start="none",
        seed=seed,
    )


class _Search:
    """Asks and tells a sampler and a scheduler as the ledger and the driver of a sweep do."""

    def __init__(self, experiment: Experiment) -> None:
        self._epochs = experiment.epochs
        self._sampler = make_sampler(experiment.sampler, experiment.space, experiment.seed, "max")
        self._scheduler = make_scheduler(experiment.scheduler, self._epochs)
        self._decides = set(milestones(experiment.scheduler["name"], experiment.scheduler, self._epochs))
        self._curves: list[list[tuple[int, float]]] = []

    def next(self) -> Run | None:
        trial = len(self._curves)
        config = self._sampler.propose(trial)
        if config is None:
            return None
        self._curves.append([])
        return Run(trial, config)

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        assert isinstance(key, int)
        curve = self._curves[key]
        curve.append((epoch, value))
        is_last = epoch == self._epochs
        if not is_last and (epoch not in self._decides or self._scheduler.decide(key, epoch, value) == Go()):
            return True
        self._scheduler.end(key, epoch, value)
        best = max(value for _, value in curve)
        self._sampler.tell(key, Outcome("COMPLETED" if is_last else "STOPPED", best, tuple(curve)))
        return False


def run(work: Work, seed: int, sampler: dict[str, Any], scheduler: dict[str, Any]) -> None:
    """Search as an experiment with this sampler and scheduler does."""
    drive(work, _Search(experiment_of(work, seed, sampler, scheduler)))
