"""cnnsearch as a contestant: the samplers and schedulers of an experiment, on the same clock as the peers.

``cnnsearch.search.simulation`` drives the ledger and the record too, and takes five times as long; a test holds both to
the same configs, but for the last minutes: nothing here lets those go on that ``pasha`` holds back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Literal

from benchmarks.search.clock import Run, drive
from benchmarks.search.work import Work
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import Outcome
from cnnsearch.search.schedulers import Decision, Go, Stop, make_scheduler, milestones
from cnnsearch.search.starts import sampler_of
from cnnsearch.space import Config
from cnnsearch.study.fronts import Vector

__all__ = ["Search", "experiment_of", "run"]


def experiment_of(work: Work, seed: int, sampler: dict[str, Any], scheduler: dict[str, Any], **keys: Any) -> Experiment:
    """What a user would write, without the recommended config at the start: peers know of none."""
    budget = {"minutes": work.seconds / 60}
    if work.experiment is not None:
        plain = {"finalists": None, "final": "keep", "ensemble": None, "evaluation": None, "limits": None, "stop": None}
        mine = {"sampler": sampler, "scheduler": scheduler, "budget": budget, "start": "none", "learn_from": ()}
        return work.experiment.updated({**plain, **mine, "seed": seed, **keys})
    given = {"space": work.space, **keys}
    given["space"] = {"optimizer": "sgd", **given["space"]}  # which reads the momentum, as LCBench's networks had it
    return Experiment(
        name="simulated",
        epochs=work.epochs,
        sampler=sampler,
        scheduler=scheduler,
        budget=budget,
        start="none",
        seed=seed,
        **given,
    )


class Search:
    """Asks and tells a sampler and a scheduler as the ledger and the driver of a sweep do.

    Args:
        experiment: what is searched, and how.
        costs: of the model of a config, where these are objectives too.
        judged: whether the scheduler judges by them.
        note: told of each trial that ended.
    """

    def __init__(
        self,
        experiment: Experiment,
        costs: Callable[[Config], Vector] = lambda _: (),
        judged: bool = True,
        note: Callable[[Config, Outcome], None] = lambda _config, _outcome: None,
    ) -> None:
        self._epochs = experiment.epochs
        self._costs = costs
        self._judged = judged
        self._note = note
        self._sampler = sampler_of(experiment)
        objectives = len(experiment.objective.names) if judged else 1
        self._scheduler = make_scheduler(experiment.scheduler, self._epochs, objectives)
        self._decides = set(milestones(experiment.scheduler["name"], experiment.scheduler, self._epochs))
        self._curves: list[list[tuple[int, float]]] = []
        self._configs: list[Config] = []
        self._again: deque[int] = deque()

    def next(self) -> Run | None:
        if self._again:
            trial = self._again.popleft()
            return Run(trial, self._configs[trial], len(self._curves[trial]))
        trial = len(self._curves)
        config = self._sampler.propose(trial)
        if config is None:
            return None
        self._curves.append([])
        self._configs.append(config)
        return Run(trial, config)

    def report(self, key: Hashable, epoch: int, value: float) -> bool:
        assert isinstance(key, int)
        curve = self._curves[key]
        curve.append((epoch, value))
        decision: Decision = Stop()
        if epoch < self._epochs:
            decision = self._scheduler.decide(key, epoch, value, self._beside(key)) if epoch in self._decides else Go()
        if decision == Stop():
            self._end(key)
        for trial, release in self._scheduler.released().items():
            if release == Go():
                self._again.append(trial)
            else:
                self._end(trial)
        return decision == Go()

    def _end(self, trial: int) -> None:
        """By itself after its last epoch, or stopped before."""
        curve = self._curves[trial]
        epoch, value = curve[-1]
        self._scheduler.end(trial, epoch, value, self._beside(trial))
        state: Literal["COMPLETED", "STOPPED"] = "COMPLETED" if epoch == self._epochs else "STOPPED"
        config = self._configs[trial]
        outcome = Outcome(state, max(each for _, each in curve), tuple(curve), beside=self._costs(config))
        self._sampler.tell(trial, outcome)
        self._note(config, outcome)

    def _beside(self, trial: int) -> Vector:
        return tuple(-cost for cost in self._costs(self._configs[trial])) if self._judged else ()


def run(work: Work, seed: int, sampler: dict[str, Any], scheduler: dict[str, Any], **keys: Any) -> None:
    """Search as an experiment with this sampler and scheduler does; ``keys`` are others of its own."""
    drive(work, Search(experiment_of(work, seed, sampler, scheduler, **keys)))
