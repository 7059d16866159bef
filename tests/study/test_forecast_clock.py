"""Forecasts of sweeps in simulated time, told at each end beside what came."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from recorded import ended, epoch, run

from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.forecast import Forecast
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import Startup, Worker

Small = Callable[..., Experiment]

EPOCHS = 18
LENGTHS = [2] * 6 + [6] * 2 + [EPOCHS]
"""Of trials that asha stops: a third goes on at each rung."""

COMPILING, OPTIMISING, STARTING, WRITING = 0.4, 0.25, 4.0, 0.05
"""Seconds of a program, of its first epoch beside those of others, of a process, of a model."""

READING = COMPILING + WRITING


@dataclass
class Clock:
    """Lets workers train, and asks for a forecast whenever one of them ends.

    Args:
        experiment: with its finalists.
        seconds: of an epoch.
        structures: that configs may have, of which each worker compiles those that it is given.
    """

    experiment: Experiment
    seconds: float
    structures: int = 24
    workers: int = 2
    told: list[tuple[int, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(7)
        self._known: set[tuple[int, int]] = set()
        self._used: set[int] = set()
        self.forecast = Forecast(self.experiment)

    def _training(self, worker: int, structure: int, epochs: int) -> tuple[list[float], dict[str, float]]:
        """Seconds of its epochs, and what it cost."""
        is_new = (worker, structure) not in self._known
        self._known.add((worker, structure))
        first = OPTIMISING if is_new else 0.0
        each = [
            self.seconds * self._random.uniform(0.9, 1.1) + (first if not number else 0.0) for number in range(epochs)
        ]
        cost = {"compile_seconds": COMPILING} if is_new else {}
        return each, {**cost, "wall_seconds": sum(each) + (COMPILING if is_new else 0.0)}

    def run(self, is_enough: Callable[[int, float], bool]) -> None:
        """The search until so many trials and seconds of workers are enough, then its finalists."""
        events: list[tuple[float, int, Any, int]] = []
        order, number, spent = count(), 0, 0.0
        structures: dict[int, int] = {}

        def begin(worker: int, now: float) -> None:
            trial = len(structures)
            structures[trial] = self._random.randrange(self.structures)
            self.forecast.begin(trial, now)
            is_first = worker not in self._used
            self._used.add(worker)
            epochs = self._random.choice(LENGTHS)
            each, cost = self._training(worker, structures[trial], epochs)
            end = now + cost["wall_seconds"] + (STARTING if is_first else 0.0) + 0.01
            startup = Startup(set_up=now + STARTING) if is_first else None
            line = ended(
                trial,
                0.1 * epochs / EPOCHS + trial * 1e-4,
                state="COMPLETED" if epochs == EPOCHS else "STOPPED",
                epochs=epochs,
                cost=cost,
                started=now,
                ended=end,
                worker=Worker(node="a", pid=worker, startup=startup),
            )
            heapq.heappush(events, (end, next(order), (line, each), worker))

        for worker in range(self.workers):
            begin(worker, 0.0)
        moments = []
        now = 0.0
        while events:
            now, _, (line, each), worker = heapq.heappop(events)
            number, spent = number + 1, spent + line.ended - line.started
            self.forecast.epochs([epoch(line.trial, at, seconds=took) for at, took in enumerate(each, 1)])
            self.forecast.end(line, self.workers)
            if not is_enough(number, spent):
                begin(worker, now)
            running = dict.fromkeys((event[2][0].trial for event in events), 0)
            moments.append((number, now, self._left(number, running, None, now)))
        best = self._finals(structures, now, moments)
        self.told = [(trials, left, best - at) for trials, at, left in moments if left is not None]

    def _finals(self, structures: dict[int, int], now: float, moments: list[Any]) -> float:
        """Runs of the finalists, the refit and the reading; when all is over."""
        asked = self.experiment.finalists
        assert asked is not None
        likely = sorted(self.forecast._best, reverse=True)[: asked.top]
        runs = [(full.number, number) for number in range(asked.seeds) for full in likely]
        free = [(now, worker) for worker in range(self.workers)]
        over = []
        for trial, number in runs:
            began, worker = heapq.heappop(free)
            _, cost = self._training(worker, structures[trial], EPOCHS)
            end = began + cost["wall_seconds"] + WRITING
            heapq.heappush(free, (end, worker))
            place = Worker(node="a", pid=worker)
            over.append(run(trial, number, epochs=EPOCHS, cost=cost, started=began, ended=end, worker=place))
        for number, line in enumerate(sorted(over, key=lambda line: line.ended), 1):
            self.forecast.follow(line.ended, line)
            found = self._left(len(structures), {}, (number, len(runs)), line.ended)
            moments.append((len(structures), line.ended, found))
        refit = self.seconds * EPOCHS * 0.8 / 0.6 + WRITING
        return max(end for end, _ in free) + refit + READING

    def _left(self, number: int, running: dict[int, int], runs: tuple[int, int] | None, now: float) -> float | None:
        best: dict[str, Any] = {"best_value": None, "best_config": None, "best_trial": None, "of_front": False}
        progress = Progress(
            **best,
            ended={"COMPLETED": number},
            running=running,
            elapsed=now,
            trials=self.experiment.budget.trials,
            seconds=None,
            finalists=runs,
        )
        return self.forecast.left(progress, now)


@pytest.mark.parametrize(
    ("seconds", "budget"),
    [
        (0.02, {"trials": 40}),  # as of 8 x 8 pixels: a program takes as long as 30 epochs
        (0.3, {"trials": 40}),
        (8.0, {"trials": 40}),  # half an hour
        (0.02, {"trials": None, "worker_hours": 60 / 3600}),  # of which processes that start use eight
        (0.3, {"trials": None, "worker_hours": 120 / 3600}),
    ],
)
def test_forecasts_are_right_within_a_half_from_the_fifth_trial_on(
    small: Small, seconds: float, budget: dict[str, Any]
) -> None:
    experiment = small(
        epochs=EPOCHS,
        budget=budget,
        scheduler={"name": "asha", "grace_epochs": 2, "reduction": 3},
        space={"filters": {"int": [1, 24]}, "learning_rate": {"float": [1e-4, 1e-2]}},
        finalists={"top": 2, "seeds": 3},
        final="refit",
    )
    clock = Clock(experiment, seconds)
    hours = budget.get("worker_hours")
    clock.run(lambda trials, spent: trials > 38 if hours is None else spent >= hours * 3600)
    judged = [max(told / came, came / told) for trials, told, came in clock.told if trials >= 5]
    assert len(judged) > 20
    assert sum(factor <= 1.5 for factor in judged) >= 0.9 * len(judged)
    assert max(judged) < 2
