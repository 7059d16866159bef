"""How long the rest of a search will take, by the trials that have ended."""

from __future__ import annotations

import functools
import math

from cnnsearch.experiment import Experiment
from cnnsearch.search.schedulers import least_epochs
from cnnsearch.study.record.lines import TrialLine

__all__ = ["Pace"]

_AS_MANY = 4
"""Trials that what is expected of the scheduler counts for, beside those that have ended."""

_LATEST = 12
"""Trials, at least, whose epochs and waits tell what they take now."""


class Pace:
    """Learns from each trial that ends: seconds of an epoch, epochs of a trial, what is compiled, how many run at once.

    A program is compiled once a structure and worker. Early trials compile nearly always, and as nobody is there yet
    whom the scheduler could hold them against, they are long: their mean alone would promise far too much.

    Args:
        experiment: with its space and its scheduler.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._lines: list[TrialLine] = []
        self._compiled: list[float] = []

    def end(self, line: TrialLine) -> None:
        """A trial ended; in the order in which they do."""
        if line.started is None or not line.epochs:
            return
        self._lines.append(line)
        if seconds := line.cost.get("compile_seconds", 0.0):
            self._compiled.append(seconds)

    @property
    def at_once(self) -> int:
        """Of the last trials, how many ran at the same time; at least one."""
        spans = [(line.started or line.ended, line.ended) for line in self._told]
        return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=1) or 1

    def left(self, trials: int, running: int) -> float | None:
        """Seconds until so many trials have ended, of which some run; ``None`` before one has ended.

        A trial that runs has half of its time behind it, in the mean.
        """
        if not self._lines:
            return None
        told, at_once = self._told, self.at_once
        each = self._epochs(at_once) * sum(map(_training, told)) / sum(line.epochs for line in told)
        work = max(0.0, trials - 0.5 * running) * (each + _waiting(told)) + self._compiling(trials - running, at_once)
        return work / max(1, min(at_once, trials))

    @property
    def _told(self) -> list[TrialLine]:
        return self._lines[-max(_LATEST, (len(self._lines) + 1) // 2) :]

    def _epochs(self, at_once: int) -> float:
        """Of a trial to come: those that the scheduler lets have at the least, corrected by those that trials had."""
        experiment = self._experiment
        least = least_epochs(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
        judged = [line.epochs for line in self._lines[at_once:]]  # the first ones had nobody to be held against
        return (_AS_MANY * least + sum(judged)) / (_AS_MANY + len(judged))

    def _compiling(self, trials: int, at_once: int) -> float:
        """Seconds of the programs that so many trials find in no worker, were configs drawn at random."""
        number, known = self._structures * at_once, len(self._compiled)
        if number <= known or trials <= 0 or not known:
            return 0.0
        new = trials if math.isinf(number) else (number - known) * (1 - (1 - 1 / number) ** trials)
        return new * sum(self._compiled) / known

    @functools.cached_property
    def _structures(self) -> float:
        """Combinations of values of the searched parameters that shape a network."""
        known, space = self._experiment.searchable, self._experiment.space
        sizes = [space[name].size for name in space.searched if name in known and known[name].structural]
        return math.prod(math.inf if size is None else size for size in sizes)


def _training(line: TrialLine) -> float:
    """Seconds that a trial occupied its worker for, but for the start of its process and what it compiled."""
    told = line.cost.get("wall_seconds", line.ended - (line.started or line.ended))
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
