"""What is told of a picture: its numbers, in their unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.numbers import score
from cnnsearch.tasks.contract.answers import Told
from cnnsearch.tasks.regression.losses import ScaledLoss
from cnnsearch.tasks.regression.metrics import SCORES
from cnnsearch.tasks.regression.predictions import NumberPredictions
from cnnsearch.tasks.regression.reading import value_names

__all__ = ["NumberAnswer", "NumberAnswers", "make"]


@dataclass(frozen=True)
class NumberAnswer:
    """Numbers with their names."""

    values: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        return {"values": dict(self.values)}

    def cells(self, top: int) -> tuple[str, ...]:  # noqa: ARG002 - there is one answer
        return tuple(f"{number:.6g}" for _, number in self.values)


@dataclass(frozen=True)
class NumberAnswers:
    """Of a model that gives numbers.

    Attributes:
        names: of the numbers; empty where they are not known.
        loss: of the trial that the model is of; ``None``: it is not known.
    """

    names: tuple[str, ...]
    loss: ScaledLoss | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    @property
    def decided(self) -> dict[str, Any]:
        return {}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
            return "is no model of numbers: it must give (None, numbers of a picture)", shape
        if self.names and shape[1] != len(self.names):
            rule = f"is the model of other data: it tells {shape[1]} numbers a picture, and the study has "
            return f"{rule}{len(self.names)}", None
        return None

    def of(self, output: np.ndarray) -> NumberAnswer:
        return NumberAnswer(tuple(zip(self._named(len(output)), map(float, output), strict=True)))

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> NumberPredictions:
        values = outputs.astype(np.float64)
        losses = None if self.loss is None else self.loss.of(values - targets)
        return NumberPredictions(targets, values, self._named(targets.shape[1]), losses)

    def told(self, predictions: NumberPredictions) -> Told:
        """Its scores, of several numbers those of each too."""
        scores = predictions.scores(SCORES)
        n = len(predictions)
        of = {name: score(value, n) for name, value in scores.items()}
        lines = (
            f"{n} picture{'s' if n != 1 else ''}: mean absolute error {of['mae']}, "
            f"root of the mean squared error {of['rmse']}",
            f"R2 {of['r2']}, median absolute error {of['median_error']}",
        )
        names = predictions.names
        if len(names) == 1:
            return Told(lines)
        each = [
            [score(predictions.scores([f"{metric}[{name}]"])[f"{metric}[{name}]"], n) for metric in SCORES]
            for name in names
        ]
        return Told(lines, ("number", *SCORES), tuple((name, *row) for name, row in zip(names, each, strict=True)))

    def _named(self, count: int) -> tuple[str, ...]:
        return self.names or value_names(count)


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],  # noqa: ARG001 - nothing of them decides an answer
    config: Mapping[str, Any],
    layer: Any,
) -> NumberAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`; the layer scales by the targets' spread."""
    if not config or layer is None:
        return NumberAnswers(names)
    return NumberAnswers(names, ScaledLoss(config["loss"], config["huber_delta"], np.ravel(layer.scale)))
