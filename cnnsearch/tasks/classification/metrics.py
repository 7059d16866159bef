"""Metrics of decided classes, by scikit-learn's definitions, in NumPy: some are computed after every epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnnsearch.tasks.contract.metrics import UndefinedError

__all__ = ["OF_ALL", "OF_ONE", "Counts", "confusion_matrix", "pseudo_values"]


@dataclass(frozen=True, eq=False)
class Counts:
    """How many pictures are what, by class, ``(classes,)`` each.

    Attributes:
        right: those of a class that are recognised.
        actual: those of a class.
        predicted: those that are taken for it.
        seen: which classes there are pictures of; a macro average is over these.
    """

    right: np.ndarray
    actual: np.ndarray
    predicted: np.ndarray
    seen: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray, decided: np.ndarray, classes: int) -> Counts:
        """Of true and decided classes, ``(n,)`` each."""
        right, actual, predicted = (
            np.bincount(each, minlength=classes) for each in (labels[labels == decided], labels, decided)
        )
        return cls(right, actual, predicted, actual > 0)

    @classmethod
    def of_matrix(cls, confusion: np.ndarray) -> Counts:
        """Of a confusion matrix, true classes in its rows."""
        actual = confusion.sum(axis=1)
        return cls(np.diag(confusion), actual, confusion.sum(axis=0), actual > 0)

    def without(self, label: int, decided: int) -> Counts:
        """One picture less; the average stays over the same classes."""
        right, actual, predicted = self.right.copy(), self.actual.copy(), self.predicted.copy()
        actual[label] -= 1
        predicted[decided] -= 1
        right[label] -= label == decided
        return Counts(right, actual, predicted, self.seen)

    @property
    def total(self) -> int:
        """Pictures."""
        return int(self.actual.sum())


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts by true (row) and predicted class, ``(classes, classes)``; both inputs ``(n,)`` class indices."""
    flat = np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def _by_class(counts: Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of each class, 0 where it is undefined."""
    hits = counts.right.astype(float)
    precision = np.divide(hits, counts.predicted, out=np.zeros_like(hits), where=counts.predicted > 0)
    recall = np.divide(hits, counts.actual, out=np.zeros_like(hits), where=counts.actual > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(hits), where=both > 0)
    return precision, recall, f1


def _macro(place: int) -> Callable[[Counts], float]:
    """The mean over the classes that there are pictures of."""

    def score(counts: Counts) -> float:
        by_class = _by_class(counts)[place]
        return float(by_class.mean()) * (len(by_class) / max(int(counts.seen.sum()), 1))

    return score


def _weighted_f1(counts: Counts) -> float:
    return float(_by_class(counts)[2] @ counts.actual / counts.total)


def _kappa(counts: Counts) -> float:
    """Cohen 1960: agreement beyond that of chance."""
    n = counts.total
    expected = float(counts.actual.astype(float) @ counts.predicted) / n
    if expected == n:
        raise UndefinedError("kappa is not defined where all pictures are of one class and taken for it")
    return float(1 - (n - counts.right.sum()) / (n - expected))


def _matthews(counts: Counts) -> float:
    """Gorodkin 2004, for several classes; 0 where there is only one true or one decided class."""
    n, actual, predicted = counts.total, counts.actual.astype(float), counts.predicted.astype(float)
    together = float(counts.right.sum()) * n - actual @ predicted
    apart = (n**2 - actual @ actual) * (n**2 - predicted @ predicted)
    return float(together / np.sqrt(apart)) if apart > 0 else 0.0


OF_ALL: Mapping[str, Callable[[Counts], float]] = {
    "precision": _macro(0),
    "recall": _macro(1),
    "f1": _macro(2),
    "balanced_accuracy": _macro(1),
    "kappa": _kappa,
    "matthews": _matthews,
    "weighted_f1": _weighted_f1,
}
"""Metrics of all classes together; averages are plain means over the classes that there are pictures of."""


def _recall(right: int, actual: int, predicted: int) -> float:  # noqa: ARG001 - all of them are asked alike
    if not actual:
        raise UndefinedError("recall is not defined for a class without pictures")
    return right / actual


def _precision(right: int, actual: int, predicted: int) -> float:  # noqa: ARG001
    return right / predicted if predicted else 0.0


def _f1(right: int, actual: int, predicted: int) -> float:
    if not actual:
        raise UndefinedError("F1 is not defined for a class without pictures")
    return 2 * right / (actual + predicted)


OF_ONE: Mapping[str, Callable[[int, int, int], float]] = {"recall": _recall, "precision": _precision, "f1": _f1}
"""Metrics of one class, from its pictures that are recognised, all of it, and all that are taken for it."""


def pseudo_values(
    labels: np.ndarray, decided: np.ndarray, counts: Counts, score: Callable[[Counts], float]
) -> np.ndarray:
    """Jackknife pseudo-values of a metric of counts, ``(n,)``, as :mod:`cnnsearch.tasks.jackknife` has them.

    Leaving out a picture is the same for all of the same true and decided class, so it is done once for these.
    """
    n, classes = len(labels), len(counts.actual)
    whole = score(counts)
    cells, place = np.unique(labels.astype(np.int64) * classes + decided, return_inverse=True)
    without = np.array([score(counts.without(int(cell) // classes, int(cell) % classes)) for cell in cells])
    return np.asarray(n * whole - (n - 1) * without[place])
