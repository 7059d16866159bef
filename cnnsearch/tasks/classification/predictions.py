"""Labels and probabilities of pictures, what follows from them, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

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
    """

    labels: np.ndarray
    probabilities: np.ndarray
    counted: np.ndarray | None = None

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

    def per_item(self, metric: str) -> np.ndarray:
        if metric == "accuracy":
            right: np.ndarray = (self.decided == self.labels).astype(float)
            return right
        if metric == "loss":
            losses: np.ndarray = -np.log(np.maximum(self._chosen, _LEAST))
            return losses
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
        """Probability of the true class, ``(n,)``."""
        chosen: np.ndarray = self.probabilities[np.arange(len(self.labels)), self.labels]
        return chosen

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


def make(targets: np.ndarray, judged: Mapping[str, np.ndarray]) -> ClassPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return ClassPredictions(targets, judged["probabilities"], judged.get("confusion"))


def recorded(arrays: Mapping[str, np.ndarray]) -> ClassPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
        raise ValueError(f"holds arrays of the shapes {labels.shape} and {probabilities.shape}")
    return ClassPredictions(labels, probabilities)


def _halved(probabilities: np.ndarray) -> np.ndarray:
    """As float16. Where rounding makes another class the largest, what was is lifted above it by one step."""
    halved = probabilities.astype(np.float16)
    decided = probabilities.argmax(axis=1)
    (rows,) = np.nonzero(halved.argmax(axis=1) != decided)
    halved[rows, decided[rows]] = np.nextafter(halved[rows].max(axis=1), np.float16(np.inf))
    return halved
