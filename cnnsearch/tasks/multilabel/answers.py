"""What is told of a picture: its labels, most probable first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.numbers import score
from cnnsearch.tasks.contract.answers import Told
from cnnsearch.tasks.contract.metrics import UndefinedError
from cnnsearch.tasks.multilabel.predictions import LabelPredictions, numbered

__all__ = ["LabelAnswer", "LabelAnswers", "make"]


@dataclass(frozen=True)
class LabelAnswer:
    """Labels and their probabilities, most probable first.

    Attributes:
        told: those that reach their thresholds.
        others: those that do not.
    """

    told: tuple[tuple[str, float], ...]
    others: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        ranked = sorted((*self.told, *self.others), key=lambda pair: -pair[1])
        return {"labels": [label for label, _ in self.told], "probabilities": dict(ranked)}

    def cells(self, top: int) -> tuple[str, ...]:
        below = self.others[: max(0, top - len(self.told))]
        return _listed(self.told) or "no label", _listed(below)


@dataclass(frozen=True)
class LabelAnswers:
    """Of a model that gives the probability of each label.

    Attributes:
        names: of the labels; empty where they are not known.
        thresholds: label -> probability from which it is told, of those that the record tells; ``None``: there is no
            record of the model, and it is one half.
    """

    names: tuple[str, ...]
    thresholds: Mapping[str, float] | None

    @property
    def columns(self) -> tuple[str, ...]:
        return "labels", "below their thresholds"

    @property
    def decided(self) -> dict[str, Any]:
        return {"thresholds": dict(self.thresholds)} if self.thresholds else {}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
            return "is no model of labels: it must give (None, labels)", shape
        if self.names and shape[1] != len(self.names):
            rule = f"is the model of other data: it tells {shape[1]} labels, and the study has {len(self.names)}"
            return rule, None
        return None

    def of(self, output: np.ndarray) -> LabelAnswer:
        order = np.argsort(-output, kind="stable").tolist()
        pairs = [(self.names[index], float(output[index])) for index in order]
        told = tuple(pair for pair in pairs if pair[1] >= self._threshold(pair[0]))
        return LabelAnswer(told, tuple(pair for pair in pairs if pair not in told))

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> LabelPredictions:
        names = self.names or numbered(outputs.shape[1])
        thresholds = np.array([self._threshold(name) for name in names], np.float64)
        return LabelPredictions(targets, outputs, thresholds, names)

    def _threshold(self, name: str) -> float:
        """Raises:
        InputError: the record tells none, and any other would be a guess.
        """
        if self.thresholds is None:
            return 0.5
        if name not in self.thresholds:
            rule = "its record tells no threshold of a label: the file was damaged, or written by another program"
            raise InputError(Problem("STUDY", rule, name))
        return self.thresholds[name]

    def told(self, predictions: LabelPredictions) -> Told:
        """Its scores, and those of each label."""
        names = ("f1", "average_precision", "exact_match", "loss", "precision", "recall", "micro_f1", "hamming_loss")
        of = {name: _told(predictions, name) for name in names}
        lines = [
            f"{len(predictions)} pictures: macro F1 {of['f1']}, mean average precision {of['average_precision']}, "
            f"exact match {of['exact_match']}, loss {of['loss']}",
            f"macro precision {of['precision']}, recall {of['recall']}; micro F1 {of['micro_f1']}, "
            f"Hamming loss {of['hamming_loss']}",
        ]
        pictures = predictions.true.sum(axis=0).tolist()
        absent = [name for name, count in zip(predictions.names, pictures, strict=True) if not count]
        if absent:
            lines.append(
                f"no picture has {', '.join(absent)}: what is not defined of a label is -, and the means leave it out"
            )
        thresholds = predictions.by_label("threshold")
        metrics = ("precision", "recall", "f1", "average_precision")
        columns = [predictions.by_label(metric) for metric in metrics]
        rows = tuple(
            (
                name,
                str(pictures[label]),
                f"{thresholds[label]:.4f}",
                *(_number(one[label], len(predictions)) for one in columns),
            )
            for label, name in enumerate(predictions.names)
        )
        return Told(
            tuple(lines), ("label", "pictures", "threshold", "precision", "recall", "F1", "average precision"), rows
        )


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],
    config: Mapping[str, Any],  # noqa: ARG001
    layer: Any,  # noqa: ARG001
) -> LabelAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    if not metrics:
        return LabelAnswers(names, None)
    told = {name: metrics.get(f"val_threshold[{name}]") for name in names}
    thresholds = {name: threshold for name, threshold in told.items() if threshold is not None}
    return LabelAnswers(names, thresholds)


def _listed(pairs: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{label} {probability:.3f}" for label, probability in pairs)


def _told(predictions: LabelPredictions, metric: str) -> str:
    try:
        return _number(predictions.scores([metric])[metric], len(predictions))
    except UndefinedError:
        return "-"


def _number(value: float, pictures: int) -> str:
    return "-" if np.isnan(value) else score(value, pictures)
