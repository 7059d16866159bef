"""Labels and probabilities of pictures, what follows from them, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.tasks.classification.confusions import Confusions
from cnnsearch.tasks.classification.metrics import confusion_matrix, macro_scores
from cnnsearch.tasks.task import Mistakes, Worst

__all__ = ["ClassPredictions", "make", "recorded"]

_LEAST = 1e-7
"""A probability below it counts as this: the loss of one picture must not be endless."""


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """Probabilities of pictures whose classes are known.

    Attributes:
        labels: ``(n,)`` class indices.
        probabilities: ``(n, classes)``; the largest of a row is that of the class that was decided.
        counted: the confusion matrix, where the graph has counted it.
        names: of the classes; none where they are not known.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    counted: np.ndarray | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def decided(self) -> np.ndarray:
        """``(n,)`` class indices."""
        classes: np.ndarray = self.probabilities.argmax(axis=1)
        return classes

    @cached_property
    def confusion(self) -> np.ndarray:
        """Pictures by true (row) and predicted class, ``(classes, classes)``."""
        if self.counted is not None:
            return self.counted
        return confusion_matrix(self.labels, self.decided, self.probabilities.shape[1])

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Precision, recall and F1 are macro averages over the classes that occur."""
        return {name: self._score(name) for name in names}

    @property
    def fits(self) -> bool:
        """Whether there are some, and each label is one of the classes."""
        classes = self.probabilities.shape[1]
        return len(self) > 0 and int(self.labels.min()) >= 0 and int(self.labels.max()) < classes

    @property
    def right(self) -> np.ndarray:
        """Which pictures are recognised, ``(n,)`` booleans."""
        return np.asarray(self.decided == self.labels)

    @property
    def confusions(self) -> Confusions:
        """Pictures by true and decided class, also of very many classes."""
        return Confusions.of(self.labels, self.decided, self.probabilities.shape[1])

    def take(self, indices: np.ndarray) -> ClassPredictions:
        return ClassPredictions(self.labels[indices], self.probabilities[indices], names=self.names)

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels ``(n,)`` and probabilities ``(n, classes)``."""
        return self.labels, self.probabilities

    def is_alike(self, other: ClassPredictions) -> bool:
        """Whether the other ones are of the same pictures and classes."""
        return self.probabilities.shape == other.probabilities.shape and bool((self.labels == other.labels).all())

    def per_item(self, metric: str) -> np.ndarray:
        """Right or wrong for the accuracy, the cross-entropy for the loss, jackknife pseudo-values for F1."""
        if metric == "accuracy":
            return self.right
        if metric == "loss":
            losses: np.ndarray = -np.log(np.maximum(self._chosen, _LEAST))
            return losses
        if metric == "f1":
            return _f1_pseudo_values(self.labels, self.decided, self.probabilities.shape[1])
        raise KeyError(metric)

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """What was most surely taken for another class."""
        wrong = np.flatnonzero(self.decided != self.labels)
        certainty = self.probabilities[wrong, self.decided[wrong]].astype(float)
        surest = wrong[np.argsort(-certainty, kind="stable")][:most]
        return Mistakes(len(wrong), tuple(self._mistake(int(position), names) for position in surest))

    def details(self) -> dict[str, Any]:
        return {"confusion": self.confusion.tolist()}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Probabilities in half precision, of which the largest is still the one that it was."""
        return {"labels": self.labels, "probabilities": _halved(self.probabilities)}

    def _score(self, name: str) -> float:
        if name == "accuracy":
            return float(np.trace(self.confusion) / self.confusion.sum())
        if name == "loss":
            return float(self.per_item("loss").mean())
        return self._macro[name]

    @cached_property
    def _macro(self) -> dict[str, float]:
        classes, seen = len(self.confusion), int((self.confusion.sum(axis=1) > 0).sum())
        scale = classes / max(seen, 1)  # macro_scores counts an absent class as 0
        return dict(
            zip(("precision", "recall", "f1"), (score * scale for score in macro_scores(self.confusion)), strict=True)
        )

    @property
    def _chosen(self) -> np.ndarray:
        """Probability of the true class, ``(n,)``; what a study keeps in half precision has no logarithm in it."""
        chosen: np.ndarray = self.probabilities[np.arange(len(self.labels)), self.labels]
        return chosen.astype(np.float64) if chosen.dtype == np.float16 else chosen

    def _mistake(self, position: int, names: Sequence[str]) -> Worst:
        label, decided = int(self.labels[position]), int(self.decided[position])
        true, predicted = (names[number] for number in (label, decided))
        told = {
            "true": true,
            "predicted": predicted,
            "probability": round(float(self.probabilities[position, decided]), 4),
            "true_probability": round(float(self.probabilities[position, label]), 4),
        }
        return Worst(position, (true, "as", predicted), told)


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    config: Mapping[str, Any],  # noqa: ARG001 - nothing of it decides
) -> ClassPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return ClassPredictions(targets, judged["probabilities"], judged.get("confusion"), names)


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> ClassPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
        raise ValueError(f"holds arrays of the shapes {labels.shape} and {probabilities.shape}")
    return ClassPredictions(labels, probabilities, names=names)


def _halved(probabilities: np.ndarray) -> np.ndarray:
    """As float16. Where rounding makes another class the largest, what was is lifted above it by one step."""
    halved = probabilities.astype(np.float16)
    decided = probabilities.argmax(axis=1)
    (rows,) = np.nonzero(halved.argmax(axis=1) != decided)
    halved[rows, decided[rows]] = np.nextafter(halved[rows].max(axis=1), np.float16(np.inf))
    return halved


def _f1_pseudo_values(labels: np.ndarray, chosen: np.ndarray, classes: int) -> np.ndarray:
    """Of the macro average: ``n`` times the whole minus ``n - 1`` times what it is without the picture."""
    matrix = np.array(Confusions.of(labels, chosen, classes).matrix(list(range(classes))))
    whole = _macro_f1(matrix)
    without = np.zeros((classes, classes))
    for true, taken in zip(*matrix.nonzero(), strict=True):
        matrix[true, taken] -= 1
        without[true, taken] = _macro_f1(matrix)
        matrix[true, taken] += 1
    n = len(labels)
    return np.asarray(n * whole - (n - 1) * without[labels, chosen])


def _macro_f1(matrix: np.ndarray) -> float:
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return float(np.divide(2 * matrix.diagonal(), both, out=np.zeros(len(matrix)), where=both > 0).mean())
