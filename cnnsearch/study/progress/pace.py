"""How long the rest of a search will take, by the trials that have ended."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cnnsearch.experiment import Experiment
from cnnsearch.search.schedulers import pauses, shares
from cnnsearch.study.progress.lengths import Lengths
from cnnsearch.study.record.lines import Ended, EpochLine, TrialLine

__all__ = ["Pace", "is_first_of_process"]

_LATEST = 12
"""Trials, at least, whose epochs and waits tell what they take now."""

_LONGER = 1.5
"""Times what it has run, of a trial that has run for longer than any other and has told nothing yet."""


@dataclass
class _Running:
    """A trial that has not ended.

    Attributes:
        began: Unix time at which it began, or last went on.
        epochs: that it has told of.
        first: seconds of the first one it told of, in which programs may have been compiled.
        seconds, told: of the others, and how many there are.
    """

    began: float
    epochs: int = 0
    first: float | None = None
    seconds: float = 0.0
    told: int = 0

    def add(self, line: EpochLine) -> None:
        self.epochs = max(self.epochs, line.epoch)
        if self.first is None:
            self.first = line.seconds
        else:
            self.seconds, self.told = self.seconds + line.seconds, self.told + 1

    @property
    def each(self) -> float | None:
        """Seconds of an epoch; ``None`` where it has told of none."""
        return self.seconds / self.told if self.told else self.first


@dataclass(frozen=True)
class _Flight:
    """What is expected of a trial that runs.

    Attributes:
        rest: seconds to its end.
        seconds, epochs: of all of it.
    """

    rest: float
    seconds: float
    epochs: float


class Pace:
    """Learns from each trial: seconds of an epoch, epochs of a trial, what is compiled, how many run at once.

    A program is compiled once a structure and worker, so early trials compile nearly always. The trials that end first
    are the short ones: those that still run count with what they have taken, and will take.

    Args:
        experiment: with its space and its scheduler.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        name, options = experiment.scheduler["name"], experiment.scheduler
        self._shares = shares(name, options, experiment.epochs)
        self._pauses = bool(pauses(name, options, experiment.epochs))
        self._lines: list[TrialLine] = []
        self._compiled: list[float] = []
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

    def end(self, line: TrialLine) -> None:
        """A trial ended; in the order in which they do."""
        self._together = 1 if self._pauses else max(1, len(self._running))  # of those that wait nobody says so here
        self._running.pop(line.trial, None)
        if line.started is None or not line.epochs:
            return
        self._lines.append(line)
        if seconds := line.cost.get("compile_seconds", 0.0):
            self._compiled.append(seconds)

    @property
    def at_once(self) -> int:
        """Of the last trials, how many ran at the same time; at least one."""
        return max(1, _most_at_once((_began(line), line.ended) for line in self._told), self._together)

    def left(self, trials: int, running: Collection[int], now: float) -> float | None:
        """Seconds until so many trials have ended; ``None`` before one has.

        Args:
            trials: that have not ended.
            running: numbers of those of them that run.
            now: Unix time.
        """
        if not self._lines:
            return None
        lengths, told = self._lengths, self._told
        flights = [self._flight(self._running[each], lengths, now) for each in running if each in self._running]
        longest = max((flight.rest for flight in flights), default=0.0)
        new = max(0, trials - len(running))
        if not new:
            return longest
        warm = [line for line in told if not is_first_of_process(line)] or told
        seconds = sum(map(_training, warm)) + sum(flight.seconds for flight in flights)
        epochs = sum(line.epochs for line in warm) + sum(flight.epochs for flight in flights)
        at_once = max(1, min(self.at_once, trials))
        one = seconds / epochs * lengths.expected(0) + _waiting(told)
        work = sum(flight.rest for flight in flights) + new * one + self._compiling(new, at_once)
        # At the end workers wait for the last ones, in the mean half a trial.
        return max(longest, work / at_once + one * (at_once - 1) / at_once / 2)

    @property
    def _told(self) -> list[TrialLine]:
        return self._lines[-max(_LATEST, (len(self._lines) + 1) // 2) :]

    @property
    def _lengths(self) -> Lengths:
        judged = self._lines[self.at_once :]  # the first ones had nobody to be held against
        flying = (running.epochs for running in self._running.values())
        return Lengths(self._experiment.epochs, self._shares, (line.epochs for line in judged), flying)

    def _flight(self, running: _Running, lengths: Lengths, now: float) -> _Flight:
        if running.each is not None:
            epochs = lengths.expected(running.epochs)
            return _Flight(running.each * (epochs - running.epochs), running.each * epochs, epochs)
        ran = max(0.0, now - max(running.began, min(map(_began, self._lines))))
        longer = [seconds for seconds in map(_training, self._told) if seconds > ran]
        seconds = sum(longer) / len(longer) if longer else _LONGER * ran
        return _Flight(seconds - ran, seconds, lengths.expected(0))

    @property
    def compile_seconds(self) -> float | None:
        """Mean of a program; ``None`` where none was compiled."""
        return sum(self._compiled) / len(self._compiled) if self._compiled else None

    @property
    def missing(self) -> float:
        """Of all pairs of a program and a worker, the share that no trial had compiled."""
        return max(0.0, 1.0 - len(self._compiled) / (self._structures * self.at_once))

    def _compiling(self, trials: int, at_once: int) -> float:
        """Seconds of the programs that so many trials find in no worker, were configs drawn at random."""
        number, known = self._structures * at_once, len(self._compiled)
        if self.compile_seconds is None or number <= known or trials <= 0:
            return 0.0
        # Of very many the chance to be drawn is lost in 1 - 1 / number.
        drawn = -math.expm1(trials * math.log1p(-1 / number))
        new = trials if math.isinf(number) else (number - known) * drawn
        return new * self.compile_seconds

    @functools.cached_property
    def _structures(self) -> float:
        """Combinations of values of the searched parameters that shape a network."""
        known, space = self._experiment.searchable, self._experiment.space
        sizes = [space[name].size for name in space.searched if name in known and known[name].structural]
        return math.prod(math.inf if size is None else float(size) for size in sizes)


def is_first_of_process(line: Ended) -> bool:
    """Whether a training was the first of its process, which then did much for the first time."""
    startup = line.worker.startup
    return startup is not None and startup.set_up is not None


def _began(line: TrialLine) -> float:
    return line.ended if line.started is None else line.started


def _most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    """Of spans of time, how many there are at the same moment; one that ends as another begins is over."""
    changes = [change for start, end in spans if start < end for change in ((start, 1), (end, -1))]
    return max(itertools.accumulate(change for _, change in sorted(changes)), default=0)


def _training(line: TrialLine) -> float:
    """Seconds that a trial occupied its worker for, but for the start of its process and what it compiled."""
    told = line.cost.get("wall_seconds", line.ended - _began(line))
    return max(0.0, told - line.cost.get("compile_seconds", 0.0))


def _waiting(lines: list[TrialLine]) -> float:
    """Mean seconds of a worker between two trials."""
    found: list[float] = []
    last: dict[tuple[str, int], float] = {}
    for line in sorted(lines, key=lambda each: each.started or 0.0):
        process = line.worker.process
        if process is None:
            continue
        if process in last and line.started is not None:
            found.append(max(0.0, line.started - last[process]))
        last[process] = line.ended
    return sum(found) / len(found) if found else 0.0
