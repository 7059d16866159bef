"""How long one picture takes: repeated, with its spread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Latency", "measured"]

_FEWEST_RUNS, _MOST_RUNS, _SECONDS = 5, 30, 0.3
"""Runs end after so many, or after so many seconds."""


@dataclass(frozen=True)
class Latency:
    """Seconds of one picture.

    Attributes:
        seconds: the median of the runs.
        low, high: their quartiles.
    """

    seconds: float
    low: float
    high: float

    def __add__(self, other: Latency) -> Latency:
        """Of two networks one after the other."""
        return Latency(self.seconds + other.seconds, self.low + other.low, self.high + other.high)

    @property
    def cost(self) -> dict[str, float]:
        """As a trial's line records it."""
        return {
            "latency_seconds": self.seconds,
            "latency_low_seconds": self.low,
            "latency_high_seconds": self.high,
        }


def measured(run: Callable[[], object]) -> Latency:
    """Time ``run``, which takes one picture through a network that has run before."""
    seconds: list[float] = []
    while len(seconds) < _FEWEST_RUNS or (len(seconds) < _MOST_RUNS and sum(seconds) < _SECONDS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    low, median, high = np.quantile(seconds, (0.25, 0.5, 0.75)).tolist()
    return Latency(median, low, high)
