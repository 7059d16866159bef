"""Numbers by which labels are judged, as scikit-learn defines them; NumPy alone, as some are told after every epoch.

Precision, recall, F1, average precision and ROC AUC are of one label. A label that no picture has has none of them,
and one that every picture has has no ROC AUC: there they are NaN. The macro average is the plain mean over the labels
that have one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Counts", "macro", "mean_losses"]

_LEAST = float(np.finfo(np.float32).eps)
"""A probability below it counts as this: the loss of one picture must not be endless."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Pictures by what is true of a label and what was told.

    Attributes:
        hits: that have the label and were told to, ``(labels,)`` or one number.
        extra: that do not have it and were told to.
        missed: that have it and were not told to.
    """

    hits: np.ndarray
    extra: np.ndarray
    missed: np.ndarray

    @classmethod
    def of(cls, targets: np.ndarray, decided: np.ndarray) -> Counts:
        """Of booleans ``(n, labels)``."""
        return cls(*(which.sum(axis=0) for which in cls.cells(targets, decided)))

    @staticmethod
    def cells(targets: np.ndarray, decided: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """In which of the three each picture is counted, ``(n, labels)`` booleans each."""
        return targets & decided, ~targets & decided, targets & ~decided

    @property
    def whole(self) -> Counts:
        """Of all labels together."""
        return Counts(*(np.asarray(each.sum()) for each in (self.hits, self.extra, self.missed)))

    @property
    def precision(self) -> np.ndarray:
        """Share of the told ones that have the label; 0 where it was never told."""
        return self._of_known(_share(self.hits, self.hits + self.extra))

    @property
    def recall(self) -> np.ndarray:
        """Share of those that have the label that were told to."""
        return self._of_known(_share(self.hits, self.hits + self.missed))

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of the two."""
        return self._of_known(_share(2 * self.hits, 2 * self.hits + self.extra + self.missed))

    def _of_known(self, shares: np.ndarray) -> np.ndarray:
        """NaN where no picture has the label."""
        return np.where(self.hits + self.missed > 0, shares, np.nan)


def macro(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis, of those that are numbers; NaN where none is."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    sums = np.where(known, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(sums, count, out=np.full(np.shape(count), np.nan), where=count > 0))


def mean_losses(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Of each picture the mean cross-entropy of its labels, ``(n,)``; of booleans and probabilities ``(n, labels)``."""
    chosen = np.where(targets, probabilities.astype(np.float64), 1.0 - probabilities.astype(np.float64))
    losses: np.ndarray = -np.log(np.maximum(chosen, _LEAST)).mean(axis=1)
    return losses


def _share(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(parts, wholes, out=np.zeros(np.shape(wholes)), where=np.asarray(wholes) > 0))
