"""Pictures by true and predicted class: its filled cells only, as of thousands of classes nearly all are empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["MOST_CLASSES", "SHOWN_CLASSES", "Confusions"]

MOST_CLASSES = 100
"""With more classes the page shows those that matter, and says how many it leaves out."""

SHOWN_CLASSES = 30
"""Of these, in a matrix: so many that its cells have room for numbers."""


@dataclass(frozen=True, eq=False)
class Confusions:
    """A confusion matrix, or the difference of two.

    Attributes:
        size: number of classes.
        true, predicted: classes of each filled cell, ascending, ``(n,)``.
        pictures: in it, ``(n,)`` int64; of a difference it may be below 0.
    """

    size: int
    true: np.ndarray
    predicted: np.ndarray
    pictures: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray, guesses: np.ndarray, size: int) -> Confusions:
        """Of as many true as predicted classes, ``(n,)`` each."""
        cells, pictures = np.unique(labels.astype(np.int64) * size + guesses, return_counts=True)
        return cls(size, cells // size, cells % size, pictures.astype(np.int64))

    def __sub__(self, other: Confusions) -> Confusions:
        cells = np.concatenate([each.true * each.size + each.predicted for each in (self, other)])
        filled, place = np.unique(cells, return_inverse=True)
        pictures = np.zeros(len(filled), np.int64)
        np.add.at(pictures, place, np.concatenate([self.pictures, -other.pictures]))
        kept = pictures != 0
        return Confusions(self.size, filled[kept] // self.size, filled[kept] % self.size, pictures[kept])

    @property
    def right(self) -> np.ndarray:
        """Pictures of each class that were recognised, ``(size,)``."""
        return self._summed(self.true, self.true == self.predicted)

    @property
    def supports(self) -> np.ndarray:
        """Pictures of each class, ``(size,)``."""
        return self._summed(self.true)

    @property
    def answers(self) -> np.ndarray:
        """Pictures that were taken for each class, ``(size,)``."""
        return self._summed(self.predicted)

    def _summed(self, classes: np.ndarray, inside: np.ndarray | slice = slice(None)) -> np.ndarray:
        sums = np.zeros(self.size, np.int64)
        np.add.at(sums, classes[inside], self.pictures[inside])
        return sums

    @property
    def mistakes(self) -> list[tuple[int, int, int]]:
        """True class, predicted class and pictures of each cell off the diagonal, the largest first."""
        off = self.true != self.predicted
        cells = zip(*(each[off].tolist() for each in (self.true, self.predicted, self.pictures)), strict=True)
        return sorted(cells, key=lambda cell: (-abs(cell[2]), cell[0], cell[1]))

    @property
    def members(self) -> list[int]:
        """The classes that a matrix shows, in their order: all, or of many those of the largest mistakes."""
        if self.size <= MOST_CLASSES:
            return list(range(self.size))
        found: dict[int, None] = {}
        for true, predicted, _ in self.mistakes:
            if len(found.keys() | {true, predicted}) <= SHOWN_CLASSES:
                found |= {true: None, predicted: None}
        # Where there are few mistakes, more of the first classes: their diagonal says that they are known.
        rest = (number for number in range(self.size) if number not in found)
        return sorted([*found, *(number for number, _ in zip(rest, range(SHOWN_CLASSES - len(found)), strict=False))])

    def matrix(self, members: list[int]) -> tuple[tuple[int, ...], ...]:
        """The cells of some classes, by true (rows) and predicted class (columns)."""
        places = np.full(self.size, -1)
        places[members] = np.arange(len(members))
        inside = (places[self.true] >= 0) & (places[self.predicted] >= 0)
        made = np.zeros((len(members), len(members)), np.int64)
        made[places[self.true[inside]], places[self.predicted[inside]]] = self.pictures[inside]
        return tuple(tuple(row) for row in made.tolist())
