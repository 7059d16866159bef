"""Simulation: a whole search in one process, without Ray and TensorFlow, on trials whose curves are known."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.costs import gains_of
from cnnsearch.search.held import Sizes
from cnnsearch.search.jobs import TrialRun
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.schedulers import Decision, Go, milestones
from cnnsearch.search.starts import resolved
from cnnsearch.space import Config
from cnnsearch.study.record.lines import Ended, EpochLine, Report
from cnnsearch.study.store import Store

__all__ = ["Simulation"]


@dataclass
class _Time:
    """Simulated Unix time."""

    seconds: float

    def now(self) -> float:
        return self.seconds


@dataclass
class _Trial:
    """A trial that a worker runs.

    Attributes:
        job: as the ledger gives it to a worker.
        values: of the objective, after each epoch.
        failure: why the epoch after these fails the trial; ``None``: none does.
        seconds: of each epoch, one that fails included.
        began: when the worker took it.
        told: the last epoch that it has told of.
    """

    job: TrialRun
    values: list[float]
    failure: str | None
    seconds: Sequence[float]
    began: float
    told: int

    @property
    def length(self) -> int:
        """Epochs, one that fails included."""
        return len(self.values) + (self.failure is not None)


class Simulation:
    """Drives what a sweep drives, the ledger with its sampler and the scheduler's decisions, and keeps a whole study.

    A worker trains up to the next epoch after which the scheduler decides, then reports, as those of a sweep do. Of
    reports at the same moment that of the trial with the lowest number comes first, so nothing is left to chance: the
    same arguments give the same record, byte for byte.

    Args:
        store: of the study. One that is not empty is gone on with: trials in flight go on where they last reported.
        experiment: what is searched, how, and for how long; finalists are left out.
        curve: config -> finite values of the objective, one an epoch. What is shorter than ``experiment.epochs`` ends
            there by itself; a :class:`~cnnsearch.errors.TrialError` after some epochs fails the trial.
        workers: trials at once.
        seconds: config -> simulated time of an epoch, or of each epoch of a full trial.
        cost: config -> what its model takes, as a trial's line records it.
        startup: config -> simulated time before the first epoch, each time that a worker takes the trial.
        sizes: config -> what is known of its model before it is trained, as of ``cost``.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        curve: Callable[[Config], Iterable[float]],
        workers: int = 1,
        seconds: Callable[[Config], float | Sequence[float]] = lambda _: 1.0,
        cost: Callable[[Config], dict[str, float]] = lambda _: {},
        startup: Callable[[Config], float] = lambda _: 0.0,
        sizes: Sizes = lambda _: {},
    ) -> None:
        self._store = store
        experiment = resolved(experiment)
        self._experiment = experiment
        self._curve = curve
        self._seconds = seconds
        self._cost = cost
        self._startup = startup
        self._milestones = milestones(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
        store.write("experiment.yaml", experiment.to_yaml())
        past = Past.read(store)
        self._time = _Time(max(past.times, default=0.0))
        self._ledger = Ledger(store, experiment, [], workers, past=past, clock=self._time, sizes=sizes)
        self._decisions = self._ledger.decisions
        self._running: dict[int, _Trial] = {}
        self._reports: list[tuple[float, int, int]] = []

    @property
    def search(self) -> Ledger:
        """What it drives: of which users may ask things while it runs."""
        return self._ledger

    @property
    def running(self) -> tuple[int, ...]:
        """The trials that workers run now."""
        return tuple(self._running)

    def run(self) -> None:
        """To the end of the budget or of the space; the trials that the minutes cut short are interrupted."""
        while self.step():
            pass

    def step(self) -> bool:
        """Let the next report arrive; whether there was one."""
        if self._ledger.is_late:
            self._ledger.stop_waiting()
            return False
        while (job := self._ledger.propose()) is not None:
            self._begin(job)
        if not self._reports:
            return False
        self._time.seconds, number, epoch = heapq.heappop(self._reports)
        self._report(self._running[number], epoch)
        return True

    def _begin(self, job: TrialRun) -> None:
        values, failure = self._epochs(job.config)
        seconds = self._seconds(job.config)
        each = seconds if isinstance(seconds, Sequence) else (seconds,) * (len(values) + 1)
        if job.since and failure is None:  # a config that was taken over may be one whose curve ends sooner
            values += values[-1:] * (job.known + 1 - len(values))
        trial = _Trial(job, values, failure, each, self._time.now(), job.known)
        self._running[job.number] = trial
        startup = self._startup(job.config)
        if job.is_stopped:
            heapq.heappush(self._reports, (self._time.now() + startup, job.number, job.known))
        else:
            self._expect(trial, startup)

    def _epochs(self, config: Config) -> tuple[list[float], str | None]:
        """The values of a trial, and why the epoch after them fails."""
        values: list[float] = []
        failure = None
        try:
            for value in itertools.islice(self._curve(config), self._experiment.epochs):
                values.append(value)  # one by one: what came before a failure counts
        except TrialError as error:
            failure = str(error)
        if not (values or failure) or not all(map(math.isfinite, values)):
            raise ValueError(f"a curve must hold finite values, one at least: {values} of {config}")
        return values, failure

    def _expect(self, trial: _Trial, startup: float = 0.0) -> None:
        """Let the next report of a trial arrive when its epochs are over."""
        epoch = next((epoch for epoch in self._milestones if trial.told < epoch < trial.length), trial.length)
        arrives = self._time.now() + startup + sum(trial.seconds[trial.told : epoch])
        heapq.heappush(self._reports, (arrives, trial.job.number, epoch))

    def _report(self, trial: _Trial, epoch: int) -> None:
        """What a worker tells, and what follows, in the order of a sweep."""
        number, finished = trial.job.number, epoch == trial.length
        until = min(epoch, len(trial.values))
        fails = finished and trial.failure is not None
        score = None if fails else self._experiment.objective.sign * trial.values[until - 1]
        end = self._failed(trial) if fails else self._completed(trial, until)
        beside = gains_of(self._experiment.objective.beside, end.cost)
        decision: Decision = Go()
        if score is not None and not finished:
            decision = self._decisions.decide(number, until, score, beside)
        self._ledger.report(number, Report(self._lines(trial, until), end), asked=not finished)
        trial.told = until
        if not finished and decision == Go():
            self._expect(trial)
            return
        if score is not None:  # a worker would have left its model where that may be the best one
            self._store.write(f"{trial.job.folder}/model.keras", "")
        if finished or not self._decisions.waits(number):
            self._decisions.end(number, until, score, beside)
        del self._running[number]
        self._ledger.end(number, finished)

    def _lines(self, trial: _Trial, until: int) -> tuple[EpochLine, ...]:
        """Of the epochs that have not been told, up to ``until``."""
        first, metric = trial.told + 1, self._experiment.objective.metric
        return tuple(
            EpochLine(trial=trial.job.number, epoch=epoch, values={metric: value}, seconds=trial.seconds[epoch - 1])
            for epoch, value in enumerate(trial.values[first - 1 : until], first)
        )

    def _failed(self, trial: _Trial) -> Ended:
        """How a trial stands that failed."""
        return Ended(
            trial=trial.job.number,
            seed=trial.job.seed,
            state="FAILED",
            end_reason="error",
            reason=trial.failure,
            value=None,
            epochs=len(trial.values),
            started=trial.began,
            ended=self._time.now(),
        )

    def _completed(self, trial: _Trial, until: int) -> Ended:
        """How a trial stands that ends after ``until`` epochs; the ledger adds that it was stopped there."""
        objective = self._experiment.objective
        own = range(trial.job.since, until)
        best = max(own, key=lambda index: objective.sign * trial.values[index])  # the first of equal ones
        return Ended(
            trial=trial.job.number,
            seed=trial.job.seed,
            state="COMPLETED",
            end_reason="epochs" if until == self._experiment.epochs else "patience",
            value=trial.values[best],
            best_epoch=best + 1,
            epochs=until,
            metrics={objective.metric: trial.values[best]},
            cost=self._cost(trial.job.config),
            started=trial.began,
            ended=self._time.now(),
        )
