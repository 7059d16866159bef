"""The ledger of a running sweep: what was proposed, what runs, what ended. Knows nothing of Ray."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.experiment import Demand, Experiment
from cnnsearch.space import Config
from cnnsearch.study.best import BestKeeper
from cnnsearch.study.record import Record
from cnnsearch.sweep.places import Lane, Places
from cnnsearch.sweep.sampler import Journal, Outcome, Sampler, make_sampler

__all__ = ["MAX_DEATHS", "Ledger", "Progress"]

MAX_DEATHS = 3
"""Deaths of its worker that a trial survives: each time it starts again, with the same config and seed."""


@dataclass(frozen=True)
class Progress:
    """How far a sweep is, for whoever shows it.

    Attributes:
        ended: trials by state.
        running: trial number -> epochs trained so far.
        best_value, best_config, best_trial: of the best completed trial, or of the best stopped one.
        elapsed: seconds since the sweep began.
        trials, seconds: the budget; ``None`` where it has no such limit.
    """

    ended: Mapping[str, int]
    running: Mapping[int, int]
    best_value: float | None
    best_config: Config | None
    best_trial: int | None
    elapsed: float
    trials: int | None
    seconds: float | None


@dataclass
class _Running:
    """A trial between its proposal and its end."""

    config: Config
    seed: int
    proposed: float
    curve: dict[int, float] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)
    deaths: int = 0
    lane: Lane | None = None


class Ledger:
    """Keeps the record of a sweep in step with what happens: proposals, then curves, then trials.

    Args:
        folder: the study folder.
        experiment: what is run.
        classes: class names.
        lanes: where trials find room; or how many of them run at once, wherever that is.
        observe: called with the progress after each change.
    """

    def __init__(
        self,
        folder: Path,
        experiment: Experiment,
        classes: list[str],
        lanes: Places | int,
        observe: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        mode = experiment.objective.mode or "max"
        self._experiment = experiment
        self._observe = observe
        self._record = Record(folder)
        self._keeper = BestKeeper(folder, experiment.objective.sign, classes)
        self._sampler: Sampler = make_sampler(experiment.sampler, experiment.space, experiment.seed, mode)
        self._journal = Journal(folder / "optuna.journal", folder.name, experiment.space, mode)
        self._running: dict[int, _Running] = {}
        self._exhausted = False
        self._waiting: deque[int] = deque()
        self._places = Places.counted(lanes) if isinstance(lanes, int) else lanes
        self._ended: Counter[str] = Counter()
        self._best: tuple[tuple[int, float], int, float, Config] | None = None
        self._proposed = 0
        self._began = time.time()
        self._last_end = 0.0
        self.last_reason: str | None = None

    @property
    def ended(self) -> Mapping[str, int]:
        """Ended trials by state."""
        return dict(self._ended)

    @property
    def is_late(self) -> bool:
        """Whether the budget's minutes are over."""
        minutes = self._experiment.budget.minutes
        return minutes is not None and time.time() - self._began >= minutes * 60

    @property
    def is_over(self) -> bool:
        """Whether every trial that was proposed has ended, and no other will be proposed."""
        return not self._running and not self._has_more

    @property
    def _has_more(self) -> bool:
        budget = self._experiment.budget.trials
        return not self._exhausted and (budget is None or self._proposed < budget)

    def propose(self) -> dict[str, Any] | None:
        """The next trial as a worker takes it: ``trial``, ``config``, ``seed``, ``bars``, ``lane``, ``holds``.

        ``None``: there is no room for one now, or there is no trial, unless one that runs loses its worker and must be
        given to another.
        """
        given = self._given_lane(self._places.take)
        resources = self._experiment.resources
        # Where trials hold different things, some wait while others run; how far ahead is bounded.
        while given is None and self._has_more and len(self._waiting) <= self._places.count:
            if not self._places.may_take(resources.kinds) or not self._draw():
                break
            given = self._given_lane(self._places.take)
        if given is not None:
            return given
        if not self._has_more and any(not running.line for running in self._running.values() if running.lane):
            self._places.close_idle()
        return self._given_lane(self._places.make_room)

    def _given_lane(self, find: Callable[[Sequence[Demand]], Lane | None]) -> dict[str, Any] | None:
        """The first trial that waits and for which ``find`` finds a lane, as a worker takes it."""
        for trial in self._waiting:
            running = self._running[trial]
            running.lane = find(self._experiment.resources.demands(running.config))
            if running.lane is not None:
                self._waiting.remove(trial)
                self._tell_observer()
                return self._given(trial, running.lane)
        return None

    def _draw(self) -> bool:
        """Let the sampler propose a trial, which then waits for a lane; whether there was one."""
        trial = self._proposed
        config = self._sampler.propose(trial)
        if config is None:
            self._exhausted = True  # Tune asks at every turn while trials run, and a sampler may search long
            return False
        self._proposed += 1
        seed = int(np.random.SeedSequence((self._experiment.seed, trial)).generate_state(1)[0])
        now = time.time()
        told = self._ended.total()
        self._record.propose(trial, {"config": config, "seed": seed, "told": told, "time": now})
        self._running[trial] = _Running(config, seed, now)
        self._waiting.append(trial)
        return True

    def report(self, trial: int, result: Mapping[str, Any]) -> None:
        """A worker told of epochs: they go into the curves."""
        running = self._running.get(trial)
        if running is None:
            return
        if result["epochs"]:
            self._record.epochs(trial, result["epochs"])
        metric = self._experiment.objective.metric
        running.curve.update({line["epoch"]: line[metric] for line in result["epochs"]})
        running.line = dict(result["line"])
        self._tell_observer()

    def end(self, trial: int, finished: bool) -> None:
        """A trial ended as its last report says, or, where that did not finish it, by the scheduler."""
        line = self._running[trial].line
        if not finished:
            line = {**line, "state": "STOPPED", "end_reason": "scheduler"}
        self._close(trial, line)

    def give_back(self, trial: int) -> None:
        """A worker did not take the trial, because it must be replaced: the trial is proposed again."""
        self._leave_lane(trial)
        self._waiting.append(trial)

    def lose(self, trial: int) -> None:
        """The worker of a trial died: the trial is proposed again, or fails where that happened too often."""
        running = self._running[trial]
        running.deaths += 1
        self._leave_lane(trial, lost=True)
        if running.deaths <= MAX_DEATHS:
            self._waiting.append(trial)
            return
        times = "once" if running.deaths == 1 else f"{running.deaths} times"
        self._close(
            trial,
            {
                "state": "FAILED",
                "end_reason": "error",
                "reason": f"worker died {times}",
                "value": None,
                "best_epoch": None,
                "epochs": len(running.curve),
                "metrics": {},
                "cost": {},
                "worker": running.line.get("worker", {}),
                "started": running.line.get("started", running.proposed),
            },
        )

    def _given(self, trial: int, lane: Lane) -> dict[str, Any]:
        running = self._running[trial]
        return {
            "trial": trial,
            "config": running.config,
            "seed": running.seed,
            "bars": self._keeper.bars,
            "lane": lane.number,
            "holds": lane.demand,
        }

    def _leave_lane(self, trial: int, lost: bool = False) -> None:
        running = self._running[trial]
        if running.lane is not None:
            self._places.give_back(running.lane, lost)
            running.lane = None

    def _close(self, trial: int, line: dict[str, Any]) -> None:
        self._leave_lane(trial)
        running = self._running.pop(trial)
        # Of equal trials the first to arrive here is the best one, so the order of arrival is what the record tells.
        self._last_end = max(time.time(), math.nextafter(self._last_end, math.inf))
        line = {**line, "ended": self._last_end, "config": running.config, "seed": running.seed}
        curve = tuple(sorted(running.curve.items()))
        if line["state"] == "FAILED":
            self.last_reason = line["reason"]
            curve = ()
        self._keeper.settle({"trial": trial, **line})
        self._record.end(trial, line)
        outcome = Outcome(line["state"], line["value"], curve)
        self._sampler.tell(trial, outcome)
        self._journal.add(running.config, outcome)
        self._ended[line["state"]] += 1
        if line["value"] is not None:
            score = (int(line["state"] == "COMPLETED"), self._experiment.objective.sign * line["value"])
            if self._best is None or score > self._best[0]:
                self._best = (score, trial, line["value"], running.config)
        self._tell_observer()

    def _tell_observer(self) -> None:
        minutes = self._experiment.budget.minutes
        _, trial, value, config = self._best or (None, None, None, None)
        self._observe(
            Progress(
                ended=self.ended,
                running={number: len(running.curve) for number, running in self._running.items() if running.lane},
                best_value=value,
                best_config=config,
                best_trial=trial,
                elapsed=time.time() - self._began,
                trials=self._experiment.budget.trials,
                seconds=minutes * 60 if minutes is not None else None,
            )
        )
