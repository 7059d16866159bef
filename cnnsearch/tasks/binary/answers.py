"""What is told of a picture: the class that was decided, and how probable the positive one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.numbers import score
from cnnsearch.tasks.binary.operating import MIDDLE
from cnnsearch.tasks.binary.predictions import BinaryPredictions
from cnnsearch.tasks.binary.spec import BINARY
from cnnsearch.tasks.contract.answers import Told
from cnnsearch.tasks.contract.metrics import UndefinedError

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
        threshold: of its trial; a half of a model that there is no record of.
    """

    names: tuple[str, ...]
    threshold: float

    @property
    def columns(self) -> tuple[str, ...]:
        return "label", f"probability of {self.names[1]}", "threshold"

    @property
    def decided(self) -> dict[str, Any]:
        return {"positive": self.names[1], "threshold": self.threshold}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if shape != (None, 1):
            return "is no model of two classes with one output: it must give (None, 1)", shape
        return None

    def of(self, output: np.ndarray) -> BinaryAnswer:
        probability = float(output[0])
        label = self.names[int(probability >= self.threshold)]
        return BinaryAnswer(label, self.names[1], probability, self.threshold)

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> BinaryPredictions:
        """At the threshold of the trial: it is never searched on these pictures."""
        return BinaryPredictions(targets, outputs[:, 0], self.threshold)

    def told(self, predictions: BinaryPredictions) -> Told:
        """Its scores, and how many of each class were recognised."""
        found, positive = _in_words(predictions), self.names[1]
        lines = (
            f"{len(predictions)} pictures, {predictions.points.positives} of them {positive}: "
            f"ROC AUC {found['roc_auc']}, average precision {found['average_precision']}, "
            f"loss {found['loss']}",
            f"{positive} from a probability of {self.threshold:.4f} on: "
            f"accuracy {found['accuracy']}, balanced {found['balanced_accuracy']}; "
            f"sensitivity {found['sensitivity']}, specificity {found['specificity']}, "
            f"precision {found['precision']}, F1 {found['f1']}",
        )
        rows = []
        for number, label in enumerate(self.names):
            inside = predictions.labels == number
            support = int(inside.sum())
            share = score(float(predictions.right[inside].mean()), support) if support else "-"
            rows.append((label, str(support), share))
        return Told(lines, ("class", "pictures", "recall"), tuple(rows))


def _in_words(predictions: BinaryPredictions) -> dict[str, str]:
    """Metric -> as it is told; one that these pictures do not define is a dash."""
    found = {}
    for metric in BINARY.metrics:
        try:
            found[metric.name] = score(predictions.scores([metric.name])[metric.name], len(predictions))
        except UndefinedError:
            found[metric.name] = "-"
    return found


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],
    config: Mapping[str, Any],  # noqa: ARG001
    layer: Any,  # noqa: ARG001
) -> BinaryAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    threshold = metrics.get("val_threshold") if metrics else MIDDLE
    if threshold is None:
        rule = "its record tells no threshold, and any other would be a guess: the file was damaged, or written by "
        raise InputError(Problem("STUDY", f"{rule}another program"))
    return BinaryAnswers(names, threshold)
