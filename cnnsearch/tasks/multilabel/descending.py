"""Pictures from the most to the least probable of each label: what follows without a threshold, and the best one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["NO_POSITIVES", "Descending"]

NO_POSITIVES = 0.5
"""Threshold of a label that no picture has: none is better than another."""


@dataclass(frozen=True, eq=False)
class Descending:
    """Of each label, a column, its pictures in descending order of its probability.

    Attributes:
        order: of the pictures, ``(n, labels)`` indices.
        true: which of them have the label, in that order.
        probabilities: of them, float64.
        ends: whether the next picture has another probability: only there a threshold can lie.
        told: how many pictures there are down to here.
        hits: how many of these have the label.
    """

    order: np.ndarray
    true: np.ndarray
    probabilities: np.ndarray
    ends: np.ndarray
    told: np.ndarray
    hits: np.ndarray

    @classmethod
    def of(cls, true: np.ndarray, probabilities: np.ndarray) -> Descending:
        """Of booleans and probabilities ``(n, labels)``, at least one picture."""
        order = np.argsort(-probabilities, axis=0, kind="stable")
        ordered = np.take_along_axis(true, order, axis=0)
        descending = np.take_along_axis(probabilities, order, axis=0).astype(np.float64)
        ends = np.ones(ordered.shape, dtype=bool)
        ends[:-1] = descending[:-1] != descending[1:]
        told = np.arange(1, len(true) + 1)[:, np.newaxis]
        return cls(order, ordered, descending, ends, told, ordered.cumsum(axis=0))

    def drawn(self, times: np.ndarray) -> Descending:
        """As of pictures each of which is there so many times, ``(n,)``."""
        counted = times[self.order]
        return replace(self, told=counted.cumsum(axis=0), hits=(counted * self.true).cumsum(axis=0))

    @property
    def average_precision(self) -> np.ndarray:
        """Sum of the precisions at each threshold, weighted by the recall gained there: ``(labels,)``."""
        gained = self._gained(self.hits)
        precision = np.divide(self.hits, self.told, out=np.zeros(self.hits.shape), where=self.told > 0)
        return _of_known((gained * precision).sum(axis=0), self.hits[-1])

    @property
    def roc_auc(self) -> np.ndarray:
        """Area below the curve of hits over false alarms, by trapezia: ``(labels,)``."""
        alarms = self.told - self.hits
        heights = self.hits - self._gained(self.hits) / 2
        return _of_known((self._gained(alarms) * heights).sum(axis=0), self.hits[-1] * alarms[-1])

    @property
    def best_thresholds(self) -> np.ndarray:
        """By which each label's F1 is highest, ``(labels,)``: midway between two probabilities, of equals nearest 0.5.

        A label is told from its threshold on.
        """
        below = np.zeros_like(self.probabilities)
        below[:-1] = self.probabilities[1:]
        thresholds = (self.probabilities + below) / 2
        f1 = np.where(self.ends, 2 * self.hits / (self.told + self.hits[-1]), -1.0)
        distance = np.where(f1 == f1.max(axis=0), np.abs(thresholds - 0.5), np.inf)
        best = np.take_along_axis(thresholds, distance.argmin(axis=0)[np.newaxis], axis=0)[0]
        return np.where(self.hits[-1] > 0, best, NO_POSITIVES)

    def _gained(self, counted: np.ndarray) -> np.ndarray:
        """What each end adds to a count that never falls; 0 elsewhere."""
        at_ends = np.where(self.ends, counted, 0)
        before = np.zeros_like(at_ends)
        before[1:] = np.maximum.accumulate(at_ends, axis=0)[:-1]
        return np.where(self.ends, counted - before, 0)


def _of_known(sums: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Divided; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(sums, wholes, out=np.full(len(sums), np.nan), where=wholes > 0))
