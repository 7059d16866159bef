"""Ranking: which of two trainings is better. Driver, workers, readers and the report ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cnnsearch.study.record.lines import Ended

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.experiment.limits import Limits

__all__ = ["Ranking", "Score"]

Score = tuple[int, float]
"""Larger is better: whether it completed, then :meth:`Ranking.gain` of its value."""

Line = TypeVar("Line", bound=Ended)


@dataclass(frozen=True)
class Ranking:
    """Orders trainings: those that completed before those that were stopped, then by their values.

    Of equals the one that ended first comes first: what came later was no improvement. What failed has no place,
    nor has what breaks a limit.

    Args:
        sign: +1 where a larger objective is better, -1 where a smaller is.
        limits: that a model must keep; ``None``: there are none.
    """

    sign: float
    limits: Limits | None = None

    @classmethod
    def of(cls, experiment: Experiment) -> Ranking:
        return cls(experiment.objective.sign, experiment.limits)

    def broken(self, cost: Mapping[str, float] | None) -> tuple[str, ...]:
        """The limits that a model of that cost breaks, in words."""
        return () if self.limits is None else self.limits.broken(cost or {})

    def gain(self, value: float) -> float:
        """The value of an objective, larger being better."""
        return self.sign * value

    def score_of(self, completed: bool, value: float) -> Score:
        """Of a training with that value, if it ends now."""
        return int(completed), self.gain(value)

    def score(self, line: Ended) -> Score | None:
        """Of a training that ended; ``None`` where it failed, or its model breaks a limit."""
        if line.state == "FAILED" or line.value is None or self.broken(line.cost):
            return None
        return self.score_of(line.state == "COMPLETED", line.value)

    def ranked(self, lines: Iterable[Line]) -> list[Line]:
        """Those that have a place, best first."""
        scored = [(score, line) for line in lines if (score := self.score(line)) is not None]
        return [line for score, line in sorted(scored, key=lambda one: (-one[0][0], -one[0][1], one[1].ended))]
