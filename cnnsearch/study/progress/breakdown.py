"""What the seconds of a training went into: its epochs, its programs, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cnnsearch.study.record.lines import Ended

__all__ = ["LATEST", "Breakdown", "EpochTimes", "is_first_of_process", "latest", "typical"]

T = TypeVar("T")

LATEST = 12
"""Trainings, at least, that tell what they take now."""

_OPTIMISING = 2.0
"""Times what it takes to compile a program, at most, that TensorFlow takes to optimise it while it first runs it."""


@dataclass
class EpochTimes:
    """Of the epochs that a training told of.

    Attributes:
        number: how many.
        seconds: of all of them.
        slowest: seconds of that one, in which its program was optimised: the first one, or the first of a phase.
    """

    number: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    def add(self, seconds: float) -> None:
        """It told of another one."""
        self.number += 1
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)

    def optimising(self, compiling: float, usual: float | None) -> float:
        """Seconds in which the program was optimised, as far as the slowest one tells it.

        Args:
            compiling: seconds in which it was compiled.
            usual: seconds of an epoch of other trainings, with which it is compared where there is one alone.
        """
        others = (self.seconds - self.slowest) / (self.number - 1) if self.number > 1 else usual
        return 0.0 if others is None else min(_OPTIMISING * compiling, max(0.0, self.slowest - others))

    def each(self, compiling: float, usual: float | None) -> float | None:
        """Seconds of an epoch without these; ``None`` where none was told."""
        return (self.seconds - self.optimising(compiling, usual)) / self.number if self.number else None


@dataclass(frozen=True)
class Breakdown:
    """What the seconds of a training went into: its epochs, its programs and the rest are all of them.

    Attributes:
        epochs: how many.
        each: seconds of an epoch.
        compiling: to compile programs.
        programs: that, and to optimise them, as whoever is the first to train with one does.
        rest: beside epochs and programs, as to fetch what it reads.
        is_first: of its process, which then did much for the first time.
    """

    epochs: int
    each: float
    compiling: float
    programs: float
    rest: float
    is_first: bool = False

    @property
    def trained(self) -> float:
        """Seconds of all but the programs."""
        return self.epochs * self.each + self.rest

    @classmethod
    def of(cls, line: Ended, times: EpochTimes, usual: float | None = None) -> Breakdown:
        """By what was recorded.

        Args:
            line: of a training that has had one epoch at least.
            times: of its epochs; where none were told, the line tells what they took in the mean.
            usual: seconds of an epoch of other trainings.
        """
        seconds = _seconds(line)
        compiling = min(line.cost.get("compile_seconds", 0.0), seconds)
        left = seconds - compiling
        each = times.each(compiling, usual)
        if each is None:
            each = line.cost.get("compute_seconds", left) / line.epochs
        each = min(each, left / line.epochs)
        programs = min(compiling + times.optimising(compiling, usual), seconds - line.epochs * each)
        rest = seconds - programs - line.epochs * each
        return cls(line.epochs, each, compiling, programs, rest, is_first_of_process(line))


def latest(trainings: Sequence[T]) -> Sequence[T]:
    """Those of all, in the order of their ends, that tell what trainings take now."""
    return trainings[-max(LATEST, (len(trainings) + 1) // 2) :]


def typical(trainings: Sequence[Breakdown]) -> Sequence[Breakdown]:
    """The same without those that were the first of their process, where there are others."""
    told = latest(trainings)
    return [each for each in told if not each.is_first] or told


def is_first_of_process(line: Ended) -> bool:
    """Whether a training was the first of its process, which then did much for the first time."""
    startup = line.worker.startup
    return startup is not None and startup.set_up is not None


def _seconds(line: Ended) -> float:
    """Those for which a training occupied its worker, but for the start of its process."""
    began = line.worked_until if line.started is None else line.started
    return max(0.0, line.cost.get("wall_seconds", line.worked_until - began))
