"""What is told of a picture: its mask, and how much of it each class takes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from cnnsearch.inputs.pictures.tiles import Tile
from cnnsearch.numbers import score
from cnnsearch.tasks.contract.answers import Answer, Told
from cnnsearch.tasks.contract.predictions import score_of
from cnnsearch.tasks.segmentation.masks import VOID, nearest
from cnnsearch.tasks.segmentation.metrics import BY_CLASS
from cnnsearch.tasks.segmentation.predictions import MaskPredictions, of_masks

__all__ = ["MaskAnswer", "MaskAnswers", "make"]


@dataclass(frozen=True, eq=False)
class MaskAnswer:
    """Of one picture.

    Attributes:
        mask: ``(height, width)`` uint8, at the size of the network; of a picture that was cut into tiles at its own.
        names: of the classes.
    """

    mask: np.ndarray
    names: tuple[str, ...]

    @property
    def shares(self) -> dict[str, float]:
        """Class -> share of the picture; the largest first, and of those that are there."""
        counted = np.bincount(self.mask.ravel(), minlength=len(self.names)) / self.mask.size
        order = np.argsort(-counted, kind="stable")
        return {self.names[index]: float(counted[index]) for index in order.tolist() if counted[index] > 0}

    def to_dict(self) -> dict[str, Any]:
        return {"shares": self.shares}

    def cells(self, top: int) -> tuple[str, ...]:
        return (", ".join(f"{name} {share:.1%}" for name, share in list(self.shares.items())[:top]),)

    def picture(self, size: tuple[int, int]) -> bytes:
        """See :class:`cnnsearch.tasks.contract.answers.Pictured`: indices of classes, as masks that are read."""
        stream = io.BytesIO()
        Image.fromarray(nearest(self.mask, size)).save(stream, "png")
        return stream.getvalue()


@dataclass(frozen=True)
class MaskAnswers:
    """Of a model that gives probabilities of classes for each pixel.

    Attributes:
        names: of the classes; empty where they are not known.
    """

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return ("classes",)

    @property
    def decided(self) -> dict[str, Any]:
        return {}

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
            return "is no model of masks: it must give (None, height, width, classes)", shape
        if self.names and shape[-1] != len(self.names):
            rule = f"is the model of other data: it tells {shape[-1]} classes, and the study has {len(self.names)}"
            return rule, None
        return None

    def of(self, output: np.ndarray) -> MaskAnswer:
        return MaskAnswer(output.argmax(axis=-1).astype(np.uint8), self._named(output.shape[-1]))

    def joined(self, parts: Sequence[tuple[Tile, Answer]]) -> MaskAnswer:
        """See :class:`cnnsearch.tasks.contract.answers.Joining`: of each tile its core."""
        mask = np.zeros(parts[0][0].picture, np.uint8)
        for tile, answer in parts:
            if isinstance(answer, MaskAnswer):
                mask[tile.core_in_picture] = nearest(answer.mask, tile.size)[tile.core_within]
        return MaskAnswer(mask, self.names)

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> MaskPredictions:
        return self.of_condensed(targets, self.condensed(targets, outputs))

    def condensed(self, targets: np.ndarray, outputs: np.ndarray) -> dict[str, np.ndarray]:
        """See :class:`cnnsearch.tasks.contract.answers.Condensing`."""
        return {
            "masks": outputs.argmax(axis=-1).astype(np.uint8),
            "losses": np.array([_loss(true, told) for true, told in zip(targets, outputs, strict=True)]),
            "classes": np.full(len(outputs), outputs.shape[-1]),
        }

    def of_condensed(self, targets: np.ndarray, condensed: Mapping[str, np.ndarray]) -> MaskPredictions:
        """See :class:`cnnsearch.tasks.contract.answers.Condensing`."""
        names = self._named(int(condensed["classes"][0]))
        return of_masks(targets, condensed["masks"], names, len(names), condensed["losses"])

    def told(self, predictions: MaskPredictions) -> Told:
        """Its scores, and those of each class."""
        scores = {name: score_of(predictions, name) for name in ("mean_iou", "mean_dice", "pixel_accuracy")}
        n = len(predictions)
        words = ", ".join(f"{name} {_written(value, n)}" for name, value in scores.items())
        lines = (f"{n} picture{'s' if n != 1 else ''}: {words}",)
        pixels = predictions.cells.sum(axis=0)[:, 1]
        rows = tuple(
            (name, *(_written(value, n) for value in values), f"{count:,}")
            for (name, values), count in zip(predictions.by_class().items(), pixels.tolist(), strict=True)
        )
        return Told(lines, ("class", *BY_CLASS, "pixels"), rows)

    def _named(self, count: int) -> tuple[str, ...]:
        return self.names or tuple(map(str, range(count)))


def _written(value: float | None, pictures: int) -> str:
    return "-" if value is None else score(value, pictures)


def _loss(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Cross-entropy of one picture, over the pixels that are known."""
    known = true != VOID
    if not known.any():
        return 0.0
    of_true = np.take_along_axis(probabilities[known], true[known].astype(int)[:, None], axis=-1)
    return float(-np.log(np.maximum(of_true, np.finfo(np.float32).tiny)).mean(dtype=np.float64))


def make(
    names: tuple[str, ...],
    metrics: Mapping[str, float | None],  # noqa: ARG001 - nothing of them decides an answer
    config: Mapping[str, Any],  # noqa: ARG001
    layer: Any,  # noqa: ARG001
) -> MaskAnswers:
    """See :meth:`TaskSpec.answers <cnnsearch.tasks.task.TaskSpec.answers>`."""
    return MaskAnswers(names)
