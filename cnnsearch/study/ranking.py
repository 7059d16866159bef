"""Ranking: which of two trainings is better. Driver, workers, readers and the report ask here, and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from cnnsearch.experiment.costs import cost_in_units
from cnnsearch.study.fronts import Vector, front_of, ranks, spread_from
from cnnsearch.study.record.lines import Ended

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.experiment.keys.objective import Choose, Objective, Ties
    from cnnsearch.experiment.limits import Limits

__all__ = ["Leading", "Place", "Ranking", "Score"]

_ROUNDING = 1e-9
"""What is within a bar is so in floats, too: 0.9 - 0.01 is less than 0.89."""

Score = tuple[int, float]
"""Larger is better: whether it completed, then :meth:`Ranking.gain` of its value."""

Place = tuple[int, float, float]
"""Larger is better, and no two trials have the same: their score, then what decides between equals."""

Line = TypeVar("Line", bound=Ended)


@dataclass(frozen=True)
class Ranking:
    """Orders trainings: those that completed before those that were stopped, then by their values.

    Of equals the one with the lower number comes first, whenever it ended: which worker was the faster one, or died,
    changes no winner. What failed has no place, nor has what breaks a limit.

    With several objectives the first one is what ``choose`` takes of the front; the others of the front follow, each as
    far from those before it as can be, then front after front, each by the metric.

    Args:
        sign: +1 where a larger objective is better, -1 where a smaller is.
        limits: that a model must keep; ``None``: there are none.
        objective: all that is aimed at; ``None``: the one value.
        choose: which of the front is taken, where there are several.
        ties: by what equals are ordered; ``end``: the one that ended first comes first, as before there was a choice.
    """

    sign: float
    limits: Limits | None = None
    objective: Objective | None = None
    choose: Choose | None = None
    ties: Ties = "number"

    @classmethod
    def of(cls, experiment: Experiment) -> Ranking:
        objective = experiment.objective
        several = objective if objective.beside else None
        return cls(objective.sign, experiment.limits, several, experiment.choose, experiment.ties)

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

    def place(self, line: Ended) -> Place | None:
        """Of a training that ended; ``None`` where it has none."""
        score = self.score(line)
        return None if score is None else (*score, -self._order(line))

    def place_now(self, trial: int, completed: bool, value: float) -> Place:
        """Of a trial with that value, if it ends now, after all that have ended."""
        return (*self.score_of(completed, value), -float(trial) if self.ties == "number" else -math.inf)

    def _order(self, line: Ended) -> float:
        """Of equals the one with the least comes first."""
        return float(line.trial) if self.ties == "number" else line.ended

    @property
    def has_several(self) -> bool:
        """Whether there are several objectives."""
        return self.objective is not None

    def vector(self, value: float, cost: Mapping[str, float] | None) -> Vector | None:
        """All objectives of a training, more being better; ``None`` where one of them is not known."""
        beside = () if self.objective is None else self.objective.beside
        costs = [cost_in_units(name, cost or {}) for name in beside]
        known = [-each for each in costs if each is not None]
        return (self.gain(value), *known) if len(known) == len(costs) else None

    def vector_of(self, line: Ended) -> Vector | None:
        """Of a training that ended; ``None`` where it has no place."""
        return None if self.score(line) is None else self.vector(line.best_value, line.cost)

    def front(self, lines: Iterable[Line]) -> list[Line]:
        """Of those that have a place, and of these the completed ones where there are any, what no other one beats."""
        found = self._placed(lines)
        return [found[place][1] for place in front_of([vector for vector, _ in found])]

    def chosen(self, vectors: Sequence[Vector]) -> int:
        """The place of the one that is taken of several that all have a place; of equals the first."""
        if self.objective is None or self.choose is None:
            return max(range(len(vectors)), key=lambda place: (vectors[place], -place))
        names = self.objective.names
        of, then = names.index(self.choose.of), names.index(self.choose.then)
        bar = max(vector[of] for vector in vectors) - self.choose.within
        near = [place for place, vector in enumerate(vectors) if vector[of] >= bar - _ROUNDING * abs(bar)]
        return max(near, key=lambda place: (vectors[place][then], vectors[place][of], -place))

    def ranked(self, lines: Iterable[Line]) -> list[Line]:
        """Those that have a place, best first."""
        placed = [(place, line) for line in lines if (place := self.place(line)) is not None]
        ordered = [line for _, line in sorted(placed, key=lambda one: one[0], reverse=True)]
        return self._along_fronts(ordered) if self.has_several else ordered

    def _placed(self, lines: Iterable[Line]) -> list[tuple[Vector, Line]]:
        found = [(vector, line) for line in lines if (vector := self.vector_of(line)) is not None]
        completed = [one for one in found if one[1].state == "COMPLETED"]
        return sorted(completed or found, key=lambda one: self._order(one[1]))

    def _along_fronts(self, ordered: Sequence[Line]) -> list[Line]:
        """Of the lines in order of the metric: the front, the chosen one first; then front after front."""
        found = self._placed(ordered)
        if not found:
            return []
        vectors = [vector for vector, _ in found]
        front = front_of(vectors)
        of_front = [vectors[place] for place in front]
        first = [found[front[place]][1] for place in spread_from(of_front, self.chosen(of_front))]
        rank = {line.trial: rank for rank, (_, line) in zip(ranks(vectors), found, strict=True)}
        others = [line for line in ordered if rank.get(line.trial, 1) > 0 and self.vector_of(line) is not None]
        return [*first, *sorted(others, key=lambda line: rank.get(line.trial, len(found)))]


class Leading(Generic[Line]):
    """The best of trainings as they end, and what is wanted of the others for a later choice.

    Args:
        ranking: which is better.

    Attributes:
        best: the best one; ``None``: none has a place.
        front: what may become the best by what is still to come; of one objective that one alone.
    """

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self.best: Line | None = None
        self.front: list[Line] = []

    @property
    def is_of_front(self) -> bool:
        """Whether the best one is the one chosen of several objectives."""
        return self._ranking.has_several

    def add(self, line: Line) -> None:
        """A training ended; those that did before have been told."""
        ranking = self._ranking
        if ranking.vector_of(line) is None or any(line.trial == other.trial for other in self.front):
            return
        if ranking.has_several:
            self.front = ranking.front([*self.front, line])
            vectors = [vector for each in self.front if (vector := ranking.vector_of(each)) is not None]
            self.best = self.front[ranking.chosen(vectors)]
        else:
            self.best = ranking.ranked([*self.front, line])[0]
            self.front = [self.best]
