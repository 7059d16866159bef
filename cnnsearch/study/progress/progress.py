"""How far a sweep is, and how that is read from its record while it runs."""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Generic

from cnnsearch.experiment.extent import most_trials
from cnnsearch.study.control.origins import trials_of
from cnnsearch.study.control.words import in_words
from cnnsearch.study.progress.forecast import Forecast
from cnnsearch.study.ranking import Leading, Ranking
from cnnsearch.study.record.lines import (
    CURVES,
    FINALISTS,
    PAUSES,
    PROPOSALS,
    REQUESTS,
    TRIALS,
    AnyLine,
    EpochLine,
    FinalistLine,
    LineFile,
    Proposal,
    RequestLine,
    TrialLine,
)
from cnnsearch.study.record.reading import LineReader
from cnnsearch.study.record.sessions import WorkClock, begins_of
from cnnsearch.study.store import Store
from cnnsearch.study.study import Study
from cnnsearch.study.winner.best_model import naming_of
from cnnsearch.study.winner.finalists import Finalists

__all__ = ["Follower", "Progress", "SweepTime", "silence"]

_SILENCE = 60.0
"""Seconds without anything recorded after which it is said."""


@dataclass(frozen=True)
class Progress:
    """How far a sweep is, for whoever shows it.

    Attributes:
        ended: trials by state.
        running: trial number -> epochs trained so far.
        best_value, best_config, best_trial: of the best completed trial, or of the best stopped one.
        of_front: whether the best trial is the one chosen of several objectives, and not the best in the first.
        elapsed: seconds since the sweep began.
        trials, seconds: after which the search ends: the budget's, or fewer trials where its sampler has no more
            configs; ``None`` where there is no such limit.
        finalists: runs of finalists that have ended, and all of them; ``None`` during the search.
        refitting: whether the winner's model is being replaced, by a refit or an ensemble; ``None`` before that begins.
        making: what is trained for that, in words; empty where it has ended.
        ensemble: whether that is an ensemble.
        dashboard: URL of Ray's own dashboard, where one runs.
        queued: configs of users that wait for their turn.
        refused: configs that are no trials, as their models would have broken limits.
        answers: what users asked of the sweep from outside, and what became of it, in words.
        left: seconds to the end of all, by the trials so far; ``None`` where these do not tell.
        late: seconds after the minutes of the budget at which all will have ended; 0 where these are not of all.
        search: which of several it is, as ``outer fold 2 of 5``; empty where there is one, and of the last one.
    """

    ended: Mapping[str, int]
    running: Mapping[int, int]
    best_value: float | None
    best_config: Mapping[str, Any] | None
    best_trial: int | None
    of_front: bool
    elapsed: float
    trials: int | None
    seconds: float | None
    finalists: tuple[int, int] | None = None
    refitting: bool | None = None
    making: str = ""
    ensemble: bool = False
    dashboard: str | None = None
    queued: int = 0
    refused: int = 0
    answers: tuple[str, ...] = ()
    left: float | None = None
    late: float = 0.0
    search: str = ""


class Follower:
    """Reads the record of a study as it grows: each call of :meth:`read` reads what has been added since.

    Args:
        study: whose sweep may be running.
    """

    def __init__(self, study: Study) -> None:
        self._experiment = study.experiment
        self._trials = _Lines(study.store, TRIALS)
        self._curves = _Lines(study.store, CURVES)
        self._proposals = _Lines(study.store, PROPOSALS)
        self._pauses = _Lines(study.store, PAUSES)
        self._finalists = _Lines(study.store, FINALISTS)
        self._requests = _Lines(study.store, REQUESTS)
        self._asked: dict[str, RequestLine] = {}
        self._became: dict[str, int] = {}
        self._runs: list[FinalistLine] = []
        self._placed: list[TrialLine] = []
        self._store = study.store
        self._begins = begins_of(study.environment)
        self._lasts: dict[int, float] = {}
        self._last_proposal = self._last_run = 0.0
        self._proposed: dict[int, Mapping[str, Any]] = {}
        self._epochs: dict[int, int] = {}
        self._ended: dict[int, str] = {}
        self._ranking = Ranking.of(study.experiment)
        self._leading: Leading[TrialLine] = Leading(self._ranking)
        self._refused = 0
        self._forecast = Forecast(study.experiment)
        self._first = self._last = 0.0

    @property
    def last(self) -> float:
        """Unix time of the last thing that was read; 0 where there was nothing."""
        return self._last

    def read(self, now: float | None = None) -> Progress:
        """The progress by what is recorded.

        Args:
            now: Unix seconds, where the sweep still runs; left out, its time ends with the last thing recorded.
        """
        # In the other order than they are written: each ended trial has its proposal.
        new = self._trials.new()
        for ended in new:
            self._end(ended)
        for line in (epochs := self._curves.new()):
            self._epochs[line.trial] = max(line.epoch, self._epochs.get(line.trial, 0))
            if line.time is not None:
                self._see(line.time)
        for request in self._requests.new():
            self._hear(request)
        for proposal in (proposals := self._proposals.new()):
            self._became |= trials_of([proposal])
            self._proposed[proposal.trial] = proposal.config
            self._refused += len(proposal.refusals)
            self._first = min(self._first or proposal.time, proposal.time)
            self._last_proposal = max(self._last_proposal, proposal.time)
            self._see(proposal.time)
        for pause in () if self._experiment.budget.cost is None else self._pauses.new():
            self._forecast.pause(pause)
        self._forecast_from(proposals, epochs, new)
        for run in self._finalists.new():
            self._runs.append(run)
            self._forecast.follow(run.ended, run)
            self._last_run = max(self._last_run, run.ended)
            self._see(run.ended)
        best = self._leading.best
        budget = self._experiment.budget
        found = Progress(
            ended=dict(Counter(self._ended.values())),
            running={trial: self._epochs.get(trial, 0) for trial in sorted(self._proposed.keys() - self._ended.keys())},
            best_value=best.value if best else None,
            best_config=best.config if best else None,
            best_trial=best.trial if best else None,
            of_front=self._leading.is_of_front,
            elapsed=self._elapsed(now),
            trials=most_trials(self._experiment, self._proposed.values()),
            seconds=budget.minutes * 60 if budget.minutes is not None else None,
            # Where a search goes on, those of before are no progress of this one.
            finalists=self._counted() if self._last_run > self._last_proposal else None,
            queued=self._queued,
            refused=self._refused,
            answers=tuple(map(in_words, self._asked.values())),
        )
        return replace(found, left=self._forecast.left(found, self._last if now is None else now))

    def _forecast_from(self, begun: list[Proposal], epochs: list[EpochLine], ended: list[TrialLine]) -> None:
        """In the order in which they came; of a trial that was interrupted what it does now counts."""
        began = max(self._begins, default=0.0)
        moments: list[tuple[float, int, TrialLine | Proposal | EpochLine]] = []
        moments += [(line.time or 0.0, 0, line) for line in epochs]  # before the end that was told with them
        moments += [(line.ended, 1, line) for line in ended]
        moments += [(line.time, 2, line) for line in begun]  # a worker is free before it is given more
        for moment, _, line in sorted(moments, key=itemgetter(0, 1)):
            if isinstance(line, TrialLine):
                self._forecast.end(line)
            elif isinstance(line, EpochLine):
                self._forecast.epochs([line])
            else:
                self._forecast.begin(line.trial, max(moment, began))

    def _hear(self, line: RequestLine) -> None:
        """Something that a user asked was answered."""
        self._asked[line.request] = line
        self._see(line.time)
        budget = self._experiment.budget.trials
        if line.what == "extend" and line.refused is None and line.trials and budget and line.trials > budget:
            self._experiment = self._experiment.updated({"budget.trials": line.trials})

    @property
    def _queued(self) -> int:
        taken = {name for name, line in self._asked.items() if line.what == "queue" and line.refused is None}
        return len(taken - self._became.keys())

    def _elapsed(self, now: float | None) -> float:
        """Seconds since the first proposal in which a driver was at work."""
        if not self._first:
            return 0.0
        begins = [self._first, *(begin for begin in self._begins if begin > self._first)]
        return WorkClock(begins, [*self._lasts.values(), *([] if now is None else [now])]).seconds

    def _counted(self) -> tuple[int, int]:
        """Runs of finalists that have ended, and all, as the search is over."""
        ranked = [line.trial for line in self._ranking.ranked(self._placed)]
        try:
            found = Finalists.of(self._experiment, ranked, self._runs, naming_of(self._store))
        except ValueError:  # the experiment asks for none any more
            return len(self._runs), len(self._runs)
        return len(found.ended), len(found.planned)

    def _see(self, time: float) -> None:
        """Something was recorded."""
        self._last = max(self._last, time)
        session = bisect_right(self._begins, time)
        self._lasts[session] = max(self._lasts.get(session, 0.0), time)

    def _end(self, line: TrialLine) -> None:
        self._ended[line.trial] = line.state
        self._see(line.ended)
        self._placed.append(line)
        self._leading.add(line)


class SweepTime:
    """The time by the clock of the sweep, which may not be the watcher's: at the first look they are taken for one."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._offset = 0.0

    def of(self, last: float) -> float:
        """Unix time, where the last thing that is recorded is of ``last``."""
        if last != self._last:
            began = max(time.time(), last) if self._last is None else last
            self._last, self._offset = last, began - time.monotonic()
        return self._offset + time.monotonic()


def silence(last: float, now: float) -> float:
    """Seconds since anything was recorded, where that is so long ago that it is said; else 0.

    Args:
        last: Unix time of the last thing that is recorded; 0 where there is nothing.
        now: by the same clock.
    """
    return now - last if last and now - last > _SILENCE else 0.0


class _Lines(Generic[AnyLine]):
    """The lines of one file of a record that have been added since the last look."""

    def __init__(self, store: Store, name: LineFile[AnyLine]) -> None:
        self._store = store
        self._name = name
        self._read = 0
        self._reader = LineReader(name, store.location)

    def new(self) -> list[AnyLine]:
        whole, newline, _ = self._added().rpartition(b"\n")  # the rest of a line may still come
        self._read += len(whole) + len(newline)
        return self._reader.read(whole + newline)

    def _added(self) -> bytes:
        if self._store.folder is None:
            return self._store.appended(self._name)[self._read :]
        try:
            with self._store.as_file(self._name) as path, path.open("rb") as file:
                file.seek(self._read, os.SEEK_SET)
                return file.read()
        except FileNotFoundError:
            return b""
