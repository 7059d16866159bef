"""What is told of a picture: its classes, most probable first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.numbers import score
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.contract.answers import Told

__all__ = ["ClassAnswer", "ClassAnswers", "make"]


@dataclass(frozen=True)
class ClassAnswer:
    """Classes and their probabilities, most probable first."""

    ranked: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.ranked[0][0], "probabilities": dict(self.ranked)}

    def cells(self, top: int) -> tuple[str, ...]:
        others = ", ".join(f"{label} {probability:.3f}" for label, probability in self.ranked[1:top])
        return self.ranked[0][0], f"{self.ranked[0][1]:.3f}", others


@dataclass(frozen=True)
class ClassAnswers:
    """Of a model that gives probabilities.

    Attributes:
        names: of the classes; empty where they are not known.
    """

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return "label", "probability", "then"

    @property
    def decided(self) -> dict[str, Any]:
        return {}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
            return "is no model of classes: it must give (None, classes)", shape
        if self.names and shape[1] != len(self.names):
            rule = f"is the model of other data: it tells {shape[1]} classes apart, and the study has {len(self.names)}"
            return rule, None
        return None

    def of(self, output: np.ndarray) -> ClassAnswer:
        order = np.argsort(-output, kind="stable")
        return ClassAnswer(tuple((self.names[i], float(output[i])) for i in order))

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> ClassPredictions:
        return ClassPredictions(targets, outputs, names=self.names)

    def told(self, predictions: ClassPredictions) -> Told:
        """Its scores, and how many of each class were recognised."""
        pictures = len(predictions)
        found = predictions.scores(("accuracy", "loss", "precision", "recall", "f1"))
        of = {name: score(value, pictures) for name, value in found.items()}
        lines = (
            f"{pictures} pictures: accuracy {of['accuracy']}, loss {of['loss']}",
            f"macro precision {of['precision']}, recall {of['recall']}, F1 {of['f1']}",
        )
        rows = []
        for number, (label, row) in enumerate(zip(self.names, predictions.confusion, strict=True)):
            support = int(row.sum())
            rows.append((label, str(support), score(int(row[number]) / support, support) if support else "-"))
        return Told(lines, ("class", "pictures", "recall"), tuple(rows))


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],  # noqa: ARG001 - nothing of it decides
    config: Mapping[str, Any],  # noqa: ARG001
    layer: Any,  # noqa: ARG001
) -> ClassAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    return ClassAnswers(names)
