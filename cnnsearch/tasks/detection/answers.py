"""What is told of a picture: the boxes on it, with class and score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.letterbox import Resizing, frames
from cnnsearch.numbers import score
from cnnsearch.tasks.contract.answers import Told
from cnnsearch.tasks.contract.predictions import score_of
from cnnsearch.tasks.detection.predictions import BoxPredictions, of_boxes

__all__ = ["BoxAnswer", "BoxAnswers", "make"]

_SURE = 0.5
"""Score from which a table shows more boxes than one; JSON has all."""


@dataclass(frozen=True, eq=False)
class BoxAnswer:
    """Of one picture.

    Attributes:
        boxes: ``(k, 6)``: left, top, right, bottom, score and class of each, the likeliest first.
        names: of the classes.
    """

    boxes: np.ndarray
    names: tuple[str, ...]

    def within(self, size: tuple[int, int], of: tuple[int, int], resizing: Resizing) -> BoxAnswer:
        """See :class:`cnnsearch.tasks.contract.answers.Located`; what lies beside the picture is none."""
        height, width = size
        found = self.boxes.astype(np.float64)
        lying = frames(np.array([size]), of, resizing).to_pictures(found[np.newaxis, :, :4])[0]
        found[:, :4] = np.clip(lying, 0.0, [width, height] * 2)
        return replace(self, boxes=found[(found[:, 2:4] > found[:, :2]).all(axis=1)])

    def to_dict(self) -> dict[str, Any]:
        """Boxes in pixels of the picture as it lies."""
        return {
            "boxes": [
                {"class": self._name(row), "score": row[4], "box": [round(side, 2) for side in row[:4]]}
                for row in self.boxes.tolist()
            ]
        }

    def cells(self, top: int) -> tuple[str, ...]:
        """The boxes that are likely, or the likeliest one."""
        rows = self.boxes.tolist()
        sure = [row for row in rows if row[4] >= _SURE] or rows[:1]
        shown = [
            f"{self._name(row)} {row[4]:.2f} at {', '.join(f'{side:.0f}' for side in row[:4])}" for row in sure[:top]
        ]
        more = [f"{len(sure) - top} more"] if len(sure) > top else []
        return ("\n".join([*shown, *more]) or "no box",)

    def _name(self, row: list[float]) -> str:
        return self.names[int(row[5])] if self.names else str(int(row[5]))


@dataclass(frozen=True)
class BoxAnswers:
    """Of a model that gives boxes.

    Attributes:
        names: of the classes; empty where they are not known.
    """

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return ("boxes: left, top, right, bottom",)

    @property
    def decided(self) -> dict[str, Any]:
        return {}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if not isinstance(shape, tuple) or len(shape) != 3 or shape[2] != 6:
            return "is no model of boxes: it must give (None, boxes, 6)", shape
        return None

    def of(self, output: np.ndarray) -> BoxAnswer:
        return BoxAnswer(output[output[:, 5] >= 0], self.names)

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> BoxPredictions:
        """Of an exported model, whose loss nobody knows behind the suppression."""
        classes = len(self.names) or 1 + int(max(targets[..., 4].max(initial=0), outputs[..., 5].max(initial=0)))
        return of_boxes(targets, outputs, self.names, classes, None)

    def told(self, predictions: BoxPredictions) -> Told:
        """Its scores, those of each class, and what is wrong."""
        scores = {name: score_of(predictions, name) for name in ("map", "map50", "mean_recall")}
        n, boxes = len(predictions), int(predictions.there.sum())
        words = ", ".join(f"{name} {_written(value, n)}" for name, value in scores.items())
        faults = predictions.faults
        wrong = ", ".join(f"{count} {kind}" for kind, count in faults.counted.items() if count) or "nothing"
        lines = (
            f"{n} picture{'s' * (n != 1)} with {boxes:,} box{'es' * (boxes != 1)}: {words}",
            f"wrong at a score of {faults.score:.2f}, where the most is right: {wrong}",
        )
        counts = predictions.there.sum(axis=0).tolist()
        rows = tuple(
            (name, *(_written(value, n) for value in values.values()), f"{count:,}")
            for (name, values), count in zip(predictions.by_class().items(), counts, strict=True)
        )
        return Told(lines, ("class", "map", "map50", "recall", "boxes"), rows)


def _written(value: float | None, pictures: int) -> str:
    return "-" if value is None else score(value, pictures)


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],  # noqa: ARG001 - nothing of them decides an answer
    config: Mapping[str, Any],  # noqa: ARG001
    layer: Any,  # noqa: ARG001
) -> BoxAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    return BoxAnswers(names)
