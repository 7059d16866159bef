"""Numbers of decisions between two classes, from how many of each were right, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cnnsearch.tasks.contract.metrics import UndefinedError

__all__ = ["AT_THRESHOLD", "Cell", "Counts"]


class Cell(NamedTuple):
    """What became of a picture: whether it is positive, and whether it was decided so; 0 or 1 each."""

    positive: int
    decided: int


@dataclass(frozen=True)
class Counts:
    """Pictures by what they are and what was decided.

    Raises:
        UndefinedError: a share of no pictures; but the precision is 0 where nothing was decided to be positive.
    """

    hits: int
    false_alarms: int
    misses: int
    rejections: int

    @classmethod
    def of(cls, positive: np.ndarray, decided: np.ndarray) -> Counts:
        """Of booleans, ``(n,)`` each."""
        hits, positives, alarms = (int(each.sum()) for each in (positive & decided, positive, decided))
        return cls(hits, alarms - hits, positives - hits, len(positive) - positives - alarms + hits)

    def without(self, cell: Cell) -> Counts:
        """One picture less."""
        names = ("rejections", "false_alarms"), ("misses", "hits")
        name = names[cell.positive][cell.decided]
        return replace(self, **{name: getattr(self, name) - 1})

    @property
    def total(self) -> int:
        return self.hits + self.false_alarms + self.misses + self.rejections

    @property
    def accuracy(self) -> float:
        return (self.hits + self.rejections) / self.total

    @property
    def sensitivity(self) -> float:
        """Share of the positive pictures that were found: the recall."""
        return _share("sensitivity", self.hits, self.hits + self.misses, "positive")

    @property
    def specificity(self) -> float:
        """Share of the other pictures that were left alone."""
        return _share("specificity", self.rejections, self.rejections + self.false_alarms, "negative")

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity; where there are pictures of one class alone, its share."""
        if not self.hits + self.misses:
            return self.specificity
        return (self.sensitivity + self.specificity) / 2 if self.rejections + self.false_alarms else self.sensitivity

    @property
    def precision(self) -> float:
        """Share of what was decided to be positive that is."""
        return self.hits / max(self.hits + self.false_alarms, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and sensitivity; 0 where no picture is positive or was decided so."""
        return 2 * self.hits / max(2 * self.hits + self.false_alarms + self.misses, 1)


def _share(name: str, part: int, whole: int, kind: str) -> float:
    if not whole:
        raise UndefinedError(f"{name} is not defined where no picture is {kind}")
    return part / whole


AT_THRESHOLD: dict[str, Callable[[Counts], float]] = {
    "accuracy": lambda counts: counts.accuracy,
    "balanced_accuracy": lambda counts: counts.balanced_accuracy,
    "sensitivity": lambda counts: counts.sensitivity,
    "specificity": lambda counts: counts.specificity,
    "precision": lambda counts: counts.precision,
    "f1": lambda counts: counts.f1,
}
"""Metric -> of the counts at the threshold."""
