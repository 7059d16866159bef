"""How many programs a search has, and what it takes to make those that workers have not."""

from __future__ import annotations

import functools
import math

from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.breakdown import Breakdown, typical

__all__ = ["Programs"]


class Programs:
    """Learns from each trial that compiled: a program is compiled once a structure and worker.

    Args:
        experiment: with its space.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._made: list[Breakdown] = []

    def end(self, taken: Breakdown) -> None:
        """A trial ended."""
        if taken.compiling:
            self._made.append(taken)

    @property
    def compile_seconds(self) -> float | None:
        """Mean of a trial that compiles; ``None`` where none did."""
        told = typical(self._made)
        return sum(each.compiling for each in told) / len(told) if told else None

    @property
    def seconds(self) -> float | None:
        """The same with those in which programs are optimised."""
        told = typical(self._made)
        return sum(each.programs for each in told) / len(told) if told else None

    def missing(self, at_once: int) -> float:
        """Of all pairs of a program and one of so many workers, the share that no trial has made."""
        return max(0.0, 1.0 - len(self._made) / (self._structures * at_once))

    def coming(self, trials: int, at_once: int) -> float:
        """Seconds of those that so many trials find in no worker, were configs drawn at random."""
        number, known = self._structures * at_once, len(self._made)
        if self.seconds is None or number <= known or trials <= 0:
            return 0.0
        # Of very many the chance to be drawn is lost in 1 - 1 / number.
        drawn = -math.expm1(trials * math.log1p(-1 / number))
        new = trials if math.isinf(number) else (number - known) * drawn
        return new * self.seconds

    @functools.cached_property
    def _structures(self) -> float:
        """Combinations of values of the searched parameters that shape a network."""
        known, space = self._experiment.searchable, self._experiment.space
        sizes = [space[name].size for name in space.searched if name in known and known[name].structural]
        return math.prod(math.inf if size is None else float(size) for size in sizes)
