"""The arithmetic of the tables. Without TensorFlow or Ray: tests/benchmarks/ compares it exactly."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.outcome import Run

__all__ = [
    "Spread",
    "Target",
    "common_accuracy",
    "mean_accuracy",
    "pace",
    "seconds_until",
    "shares",
    "slope",
    "spread",
    "steady_rate",
    "wall_ratio",
    "whole_rate",
]

_GRID = 0.005
"""Accuracies are compared at multiples of this: a target must not hang on one picture."""


@dataclass(frozen=True)
class Spread:
    """Median and range of the repetitions."""

    median: float
    low: float
    high: float

    def shown(self, digits: int = 1) -> str:
        """``12.3 (11.9 to 12.8)``; the range is left out where there is only one value."""
        if self.low == self.high:
            return f"{self.median:,.{digits}f}"
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


@dataclass(frozen=True)
class Target:
    """What a ratio should be.

    Attributes:
        what: is compared, in words.
        limit: the bound.
        at_least: whether it is a lower one.
    """

    what: str
    limit: float
    at_least: bool = True

    def is_met(self, found: Spread) -> bool:
        return found.median >= self.limit if self.at_least else found.median <= self.limit

    def row(self, found: Spread, digits: int = 2) -> list[str]:
        """Cells of a table: what, target, found, met."""
        bound = "at least" if self.at_least else "at most"
        return [self.what, f"{bound} {self.limit:g}", found.shown(digits), "yes" if self.is_met(found) else "**no**"]


def spread(values: Sequence[float]) -> Spread:
    """Median, least and largest of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def steady_rate(run: Run) -> float:
    """Trials an hour without start-up: from the first trial's begin to the last result."""
    return len(run.values) / run.work * 3600


def whole_rate(run: Run, trials: int) -> float:
    """Trials an hour of a whole process of ``trials`` trials, start and end included.

    A peer that ran fewer is taken to go on at its own pace: start-up is paid once, not once a handful of trials.
    """
    return trials / (run.startup + run.work / len(run.values) * trials + run.shutdown) * 3600


def wall_ratio(ours: Run, other: Run) -> float:
    """Our seconds without start-up over another's, for the same trials."""
    if len(ours.values) != len(other.values):
        raise ValueError(f"{len(ours.values)} trials cannot be compared with {len(other.values)}")
    return ours.work / other.work


def mean_accuracy(run: Run, trials: int) -> float:
    """Mean final validation accuracy of the first ``trials`` configs."""
    return statistics.fmean(run.values[:trials])


def common_accuracy(runs: Sequence[Run]) -> float:
    """The highest multiple of 0.005 that every run reached at some epoch."""
    least = min(max(accuracy for _, accuracy in run.progress) for run in runs)
    return round(math.floor(least / _GRID + 1e-9) * _GRID, 6)


def seconds_until(run: Run, accuracy: float) -> float:
    """Seconds from the start of the process until a run first reached ``accuracy``; infinite if it never did."""
    return min((seconds for seconds, reached in run.progress if reached >= accuracy - 1e-9), default=math.inf)


def pace(ended: Sequence[float]) -> float:
    """Trials a second from the end of the first to the end of the last, both Unix times in order."""
    return (len(ended) - 1) / (ended[-1] - ended[0])


def slope(values: Sequence[float]) -> float:
    """Growth from one value to the next, by least squares."""
    if len(values) < 2:
        raise ValueError(f"a slope needs two values, not {len(values)}")
    return statistics.linear_regression(range(len(values)), values).slope


def shares(profiles: Sequence[Mapping[str, float]], trials: int) -> dict[str, tuple[float, float]]:
    """What -> milliseconds a trial and share of the workers' time: medians over the repetitions."""
    of: Callable[[str], float] = lambda name: statistics.median(profile[name] for profile in profiles)  # noqa: E731
    seconds = {name: of(name) for name in profiles[0]}
    total = sum(seconds.values())
    return {name: (1000 * value / trials, value / total) for name, value in seconds.items()}
