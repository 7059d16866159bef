"""What is told of a picture: the class that was decided, and how probable the positive one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.tasks.binary.operating import MIDDLE
from cnnsearch.tasks.binary.predictions import BinaryPredictions
from cnnsearch.tasks.binary.spec import BINARY
from cnnsearch.tasks.task import Told, UndefinedError

__all__ = ["BinaryAnswer", "BinaryAnswers", "make"]


@dataclass(frozen=True)
class BinaryAnswer:
    """One picture.

    Attributes:
        label: name of the class that was decided.
        positive: name of the positive class.
        probability: of that one.
        threshold: from it on that one is decided.
    """

    label: str
    positive: str
    probability: float
    threshold: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "positive": self.positive,
            "probability": self.probability,
            "threshold": self.threshold,
        }

    def cells(self, top: int) -> tuple[str, ...]:  # noqa: ARG002 - there is one answer
        return self.label, f"{self.probability:.3f}", f"{self.threshold:.3f}"


@dataclass(frozen=True)
class BinaryAnswers:
    """Of a model that gives the probability of the positive class.

    Attributes:
        names: of the two classes, the positive one second; empty where they are not known.
        threshold: of its trial; ``None``: the record tells none, and it is a half.
    """

    names: tuple[str, ...]
    threshold: float | None

    @property
    def columns(self) -> tuple[str, ...]:
        return "label", f"probability of {self.names[1]}", "threshold"

    @property
    def decided(self) -> dict[str, Any]:
        return {"positive": self.names[1], "threshold": self._threshold}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if shape != (None, 1):
            return "is no model of two classes with one output: it must give (None, 1)", shape
        return None

    def of(self, output: np.ndarray) -> BinaryAnswer:
        probability = float(output[0])
        label = self.names[int(probability >= self._threshold)]
        return BinaryAnswer(label, self.names[1], probability, self._threshold)

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> BinaryPredictions:
        """At the threshold of the trial: it is never searched on these pictures."""
        return BinaryPredictions(targets, outputs[:, 0], self._threshold)

    def told(self, predictions: BinaryPredictions) -> Told:
        """Its scores, and how many of each class were recognised."""
        found, positive = _in_words(predictions), self.names[1]
        lines = (
            f"{len(predictions)} pictures, {predictions.points.positives} of them {positive}: "
            f"ROC AUC {found['roc_auc']}, average precision {found['average_precision']}, "
            f"loss {found['loss']}",
            f"{positive} from a probability of {self._threshold:.4f} on{self._whence}: "
            f"accuracy {found['accuracy']}, balanced {found['balanced_accuracy']}; "
            f"sensitivity {found['sensitivity']}, specificity {found['specificity']}, "
            f"precision {found['precision']}, F1 {found['f1']}",
        )
        rows = []
        for number, label in enumerate(self.names):
            inside = predictions.labels == number
            support = int(inside.sum())
            share = f"{predictions.right[inside].mean():.4f}" if support else "-"
            rows.append((label, str(support), share))
        return Told(lines, ("class", "pictures", "recall"), tuple(rows))

    @property
    def _threshold(self) -> float:
        return MIDDLE if self.threshold is None else self.threshold

    @property
    def _whence(self) -> str:
        return " (a half, as the record tells no threshold)" if self.threshold is None else ""


def _in_words(predictions: BinaryPredictions) -> dict[str, str]:
    """Metric -> as it is told; one that these pictures do not define is a dash."""
    found = {}
    for metric in BINARY.metrics:
        try:
            found[metric.name] = f"{predictions.scores([metric.name])[metric.name]:.4f}"
        except UndefinedError:
            found[metric.name] = "-"
    return found


def make(names: tuple[str, ...], metrics: Mapping[str, float | None]) -> BinaryAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    return BinaryAnswers(names, metrics.get("val_threshold"))
