"""How long the rest of a search will take, by the trials that have ended."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from cnnsearch.experiment import Experiment
from cnnsearch.search.schedulers import pauses, shares
from cnnsearch.study.progress.breakdown import LATEST, Breakdown, EpochTimes, latest, typical
from cnnsearch.study.progress.lengths import Lengths
from cnnsearch.study.progress.programs import Programs
from cnnsearch.study.record.lines import Ended, EpochLine, TrialLine

__all__ = ["REPORTING", "Pace"]

REPORTING = 4.0
"""Seconds of work after which a worker reports, at the end of its epoch, also where no scheduler asks it to."""

_LONGER = 1.5
"""Times what it has run, of a trial that has run for longer than any other and has told nothing yet."""


@dataclass
class _Running:
    """A trial that has not ended.

    Attributes:
        began: Unix time at which it began, or last went on.
        epochs: that it has had.
        times: of those that it told of.
    """

    began: float
    epochs: int = 0
    times: EpochTimes = field(default_factory=EpochTimes)

    def add(self, line: EpochLine) -> None:
        self.epochs = max(self.epochs, line.epoch)
        self.times.add(line.seconds)


@dataclass(frozen=True)
class _Flight:
    """What is expected of a trial that runs.

    Attributes:
        rest: seconds to its end.
        seconds, epochs: of all its epochs, and how many.
    """

    rest: float
    seconds: float
    epochs: float


class Pace:
    """Learns from each trial: seconds of an epoch, epochs of a trial, what is compiled, how many run at once.

    Early trials compile nearly always; what that takes is told apart from their epochs. The trials that end first are
    the short ones: those that still run count with what they have taken, and will take.

    Args:
        experiment: with its space and its scheduler.

    Attributes:
        programs: that trials compiled.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        name, options = experiment.scheduler["name"], experiment.scheduler
        self._shares = shares(name, options, experiment.epochs)
        self._pauses = bool(pauses(name, options, experiment.epochs))
        self.programs = Programs(experiment)
        self._lines: list[TrialLine] = []
        self._taken: list[Breakdown] = []
        self._running: dict[int, _Running] = {}
        self._together = 1

    def begin(self, trial: int, time: float) -> None:
        """A trial begins, or goes on, at this Unix time."""
        self._running.setdefault(trial, _Running(time)).began = time

    def epochs(self, lines: Iterable[EpochLine]) -> None:
        """A trial that runs told of some."""
        for line in lines:
            if line.trial in self._running:
                self._running[line.trial].add(line)

    def breakdown(self, line: Ended) -> Breakdown:
        """What the seconds of a trial went into, which has not been said to have ended, and had an epoch."""
        running = self._running.get(line.trial)
        return Breakdown.of(line, running.times if running is not None else EpochTimes(), _epoch(self._taken[-LATEST:]))

    def end(self, line: TrialLine) -> None:
        """A trial ended; in the order in which they do."""
        self._together = 1 if self._pauses else max(1, len(self._running))  # of those that wait nobody says so here
        if line.started is not None and line.epochs:
            taken = self.breakdown(line)
            self._lines.append(line)
            self._taken.append(taken)
            self.programs.end(taken)
        self._running.pop(line.trial, None)

    @property
    def at_once(self) -> int:
        """Of the last trials, how many ran at the same time; at least one."""
        return max(1, _most_at_once((_began(line), line.worked_until) for line in latest(self._lines)), self._together)

    @property
    def next_reports(self) -> float:
        """Seconds in which all trials that run report, at most; 0 where none has told of an epoch."""
        return max((self._next_report(running) for running in self._running.values()), default=0.0)

    def _next_report(self, running: _Running) -> float:
        each = running.times.each(0.0, None) or 0.0
        return min(REPORTING + each, (self._experiment.epochs - running.epochs) * each)

    def left(self, trials: int, running: Collection[int], now: float) -> float | None:
        """Seconds until so many trials have ended; ``None`` before one has.

        Args:
            trials: that have not ended.
            running: numbers of those of them that run.
            now: Unix time.
        """
        if not self._lines:
            return None
        at_once = max(1, min(self.at_once, trials))
        lengths = self._lengths
        flights = self._flights(running, lengths, at_once, now)
        longest = max((flight.rest for flight in flights), default=0.0)
        new = max(0, trials - len(running))
        if not new:
            return longest
        one = (_epoch(typical(self._taken), flights) or 0.0) * lengths.expected(0)
        one += self._beside + _waiting(latest(self._lines))
        work = sum(flight.rest for flight in flights) + new * one + self.programs.coming(new, at_once)
        # At the end workers wait for the last ones, in the mean half a trial.
        return max(longest, work / at_once + one * (at_once - 1) / at_once / 2)

    def until_used(self, seconds: float, running: Collection[int], now: float) -> float | None:
        """Seconds until workers have trained for so many, and the trials that run then have ended.

        Args:
            seconds: beside those of trials that have ended.
            running: as above.
            now: as above.
        """
        if not self._lines:
            return None
        flights = self._flights(running, self._lengths, self.at_once, now)
        ran = sum(now - self._running[each].began for each in running if each in self._running)
        told = typical(self._taken)
        one = sum(taken.trained + taken.programs for taken in told) / len(told)
        return max([0.0, (seconds - ran) / self.at_once + one, *(flight.rest for flight in flights)])

    @property
    def _beside(self) -> float:
        """Mean seconds of a trial beside its epochs and programs."""
        told = typical(self._taken)
        return sum(taken.rest for taken in told) / len(told)

    @property
    def _lengths(self) -> Lengths:
        judged = self._lines[self.at_once :]  # the first ones had nobody to be held against
        flying = (running.epochs for running in self._running.values())
        return Lengths(self._experiment.epochs, self._shares, (line.epochs for line in judged), flying)

    def _flights(self, running: Collection[int], lengths: Lengths, at_once: int, now: float) -> list[_Flight]:
        flying = (self._running[each] for each in running if each in self._running)
        return [self._flight(each, lengths, at_once, now) for each in flying]

    def _flight(self, running: _Running, lengths: Lengths, at_once: int, now: float) -> _Flight:
        each = running.times.each(self.programs.compile_seconds or 0.0, _epoch(typical(self._taken)))
        if each is not None:
            epochs = lengths.expected(running.epochs)
            return _Flight(each * (epochs - running.epochs), each * epochs, epochs)
        ran = max(0.0, now - max(running.began, min(map(_began, self._lines))))
        programs = self.programs.coming(1, at_once)
        whole = (taken.trained + programs for taken in latest(self._taken))
        longer = [seconds for seconds in whole if seconds > ran]
        seconds = sum(longer) / len(longer) if longer else _LONGER * ran
        return _Flight(seconds - ran, max(0.0, seconds - programs - self._beside), lengths.expected(0))


def _epoch(trials: Iterable[Breakdown], flights: Iterable[_Flight] = ()) -> float | None:
    """Seconds of one, in the mean over those of all; ``None`` where there is none."""
    had = [(taken.epochs * taken.each, float(taken.epochs)) for taken in trials]
    had += [(flight.seconds, flight.epochs) for flight in flights]
    epochs = sum(number for _, number in had)
    return sum(seconds for seconds, _ in had) / epochs if epochs else None


def _began(line: TrialLine) -> float:
    return line.worked_until if line.started is None else line.started


def _most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    """Of spans of time, how many there are at the same moment; one that ends as another begins is over."""
    changes = [change for start, end in spans if start < end for change in ((start, 1), (end, -1))]
    return max(itertools.accumulate(change for _, change in sorted(changes)), default=0)


def _waiting(lines: Sequence[TrialLine]) -> float:
    """Mean seconds of a worker between two trials."""
    found: list[float] = []
    last: dict[tuple[str, int], float] = {}
    for line in sorted(lines, key=lambda each: each.started or 0.0):
        process = line.worker.process
        if process is None:
            continue
        if process in last and line.started is not None:
            found.append(max(0.0, line.started - last[process]))
        last[process] = line.worked_until
    return sum(found) / len(found) if found else 0.0
