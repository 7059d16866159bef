"""Pace: how long a trial takes on so many threads."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["STARTUP", "Pace"]

STARTUP = 10.0
"""Seconds until the first step where they were not measured: TensorFlow is imported, and the program compiled."""


@dataclass(frozen=True)
class Pace:
    """How long a trial takes.

    Attributes:
        threads: that it trains on.
        startup: seconds before its first epoch: TensorFlow is imported, its program built and compiled.
        epoch: seconds of an epoch, of all its trainings together.
    """

    threads: int
    startup: float
    epoch: float

    def seconds(self, epochs: int) -> float:
        """Of a trial of so many epochs."""
        return self.startup + epochs * self.epoch

    def on(self, threads: int, other: Pace) -> Pace:
        """On another number of threads, by two measurements: some work is shared among threads and some is not.

        That is Amdahl's law (1967).
        """
        shared = (self.epoch - other.epoch) / (1 / self.threads - 1 / other.threads)
        alone = self.epoch - shared / self.threads
        return Pace(threads, max(self.startup, other.startup), alone + shared / threads)
