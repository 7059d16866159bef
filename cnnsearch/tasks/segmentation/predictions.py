"""Masks of pictures and what a model told of them, what follows from the two, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnsearch.tasks import custom
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, output_number, split_name
from cnnsearch.tasks.contract.predictions import Mistakes, Part, Worst
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.segmentation.contours import Contours
from cnnsearch.tasks.segmentation.masks import VOID, cells_of
from cnnsearch.tasks.segmentation.metrics import BY_CLASS, OF_CONTOURS, SCORES, leave_one_out
from cnnsearch.tasks.segmentation.overlays import layers_of
from cnnsearch.tasks.segmentation.targets import MaskTargets

__all__ = ["MaskPredictions", "guessed", "make", "of_masks", "recorded"]

_GUESSED_SIDE = 64
"""Pixels of the masks on which a metric is tried before there is a model."""


@dataclass(frozen=True, eq=False)
class MaskPredictions:
    """What was told of pictures whose masks are known, at the size of the network.

    Attributes:
        true, told: ``(m, height, width)`` uint8, index of the class of each pixel, or void.
        names: of the classes; empty where they are not known.
        losses: ``(m,)``, cross-entropy, or ``None`` where it is not known.
        counts: ``(m, classes, 3)``, see :func:`~cnnsearch.tasks.segmentation.masks.cells_of`.
        rows: ``(n,)`` of which of these it is, as a resample has some several times: counts are cheap to draw, and
            masks are not.
        contours: boundaries of the same masks.
    """

    true: np.ndarray
    told: np.ndarray
    names: tuple[str, ...]
    losses: np.ndarray | None
    counts: np.ndarray
    rows: np.ndarray
    contours: Contours

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def cells(self) -> np.ndarray:
        """``(n, classes, 3)``, of the pictures that it is of."""
        return np.asarray(self.counts[self.rows])

    @property
    def numbers(self) -> int:
        """See :class:`cnnsearch.tasks.contract.predictions.Summed`."""
        return int(self.counts[0].size) * len(self) if len(self.counts) else 0

    @property
    def fits(self) -> bool:
        """Whether there are some, each mask is of classes that there are, and every loss is finite."""
        classes = self.counts.shape[1]
        known = self.true[self.true != VOID]
        return (
            len(self) > 0
            and (not known.size or int(known.max()) < classes)
            and (not self.told.size or int(self.told.max()) < classes)
            and (self.losses is None or bool(np.isfinite(self.losses).all()))
        )

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Masks as a metric of the user's takes them, ``(n, height, width)`` each; void is 255."""
        return self.true[self.rows], self.told[self.rows]

    def is_alike(self, other: MaskPredictions) -> bool:
        """Whether the other ones are of the same pictures, at the same size."""
        return len(self) == len(other) and np.array_equal(self.pair[0], other.pair[0])

    def take(self, indices: np.ndarray) -> MaskPredictions:
        """Those of some pictures, in that order."""
        return replace(self, rows=self.rows[indices])

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Over all pixels of all pictures, those of boundaries over the pictures; ``iou[NAME]`` is that of a class.

        Raises:
            KeyError: the loss is asked for, and is not known.
            UndefinedError: a class is neither there nor told, or no pixel is known.
        """
        return {name: self._score(name) for name in names}

    def per_item(self, metric: str) -> np.ndarray:
        """Losses, and for all else jackknife pseudo-values, as all are of pixels and not of pictures."""
        if metric == "loss":
            return self._losses
        if is_function(metric):
            return pseudo_values_of(self, metric)
        base, output = split_name(metric)
        if output is None:
            return leave_one_out(self._cells_for(base), SCORES[base])
        at = self._number(metric, output)
        return leave_one_out(self._cells_for(base), lambda cells: BY_CLASS[base](cells)[..., at])

    def parts_of(self, metric: str) -> Iterator[Part]:
        """The pictures that have pixels of a class, of each; a mask is right in parts where some of its pixels are."""
        base, output = split_name(metric)
        if is_function(metric) or base not in ("mean_iou", "mean_dice", "iou", "dice"):
            return
        both, true, told = np.moveaxis(self.cells, -1, 0)
        there = true > 0
        right = np.where((both == true) & (both == told), 1.0, np.where(both > 0, 0.5, 0.0))
        classes = np.flatnonzero(there.any(axis=0)) if output is None else np.array([self._number(base, output)])
        for at in classes.tolist():
            if there[:, at].any():
                yield Part(1 / len(classes), there[:, at], right[:, at])

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """The pictures of the least mean IoU over the classes that are there or told; all void ones are none."""
        of_pictures = SCORES["mean_iou"](self.cells)
        right = np.nan_to_num(of_pictures, nan=1.0)
        order = np.argsort(right, kind="stable")[:most]
        worst = tuple(self._worst(int(place), names) for place in order if right[place] < 1.0)
        return Mistakes(int((right < 1.0).sum()), worst)

    def details(self) -> dict[str, Any]:
        """The metrics of each class; ``None`` where it is neither there nor told."""
        return {"outputs": {name: dict(zip(BY_CLASS, row, strict=True)) for name, row in self.by_class().items()}}

    def by_class(self) -> dict[str, tuple[float | None, ...]]:
        """Class -> the metrics of :data:`BY_CLASS`."""
        columns = [of(self._cells_for(metric).sum(axis=0)).tolist() for metric, of in BY_CLASS.items()]
        names = self.names or tuple(map(str, range(self.counts.shape[1])))
        rows = zip(names, zip(*columns, strict=True), strict=True)
        return {name: tuple(value if np.isfinite(value) else None for value in row) for name, row in rows}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Masks as they are: compressed they take little."""
        losses = {} if self.losses is None else {"losses": self.losses[self.rows]}
        true, told = self.pair
        return {"true_masks": true, "masks": told, "classes": np.array(self.counts.shape[1]), **losses}

    def _cells_for(self, metric: str) -> np.ndarray:
        """``(n, classes, 3)``, of whose sum a metric is a function."""
        return np.asarray(self.contours.numbers[self.rows]) if metric in OF_CONTOURS else self.cells

    def _score(self, name: str) -> float:
        if name == "loss":
            return float(self._losses.mean(dtype=np.float64))
        if is_function(name):
            return custom.score(name, *self.pair)
        base, output = split_name(name)
        total = self._cells_for(base).sum(axis=0)
        if output is None:
            value, of = float(SCORES[base](total)), ""
        else:
            value, of = float(BY_CLASS[base](total)[self._number(name, output)]), f" of class '{output}'"
        if not np.isfinite(value):
            raise UndefinedError(f"{name} is not defined: {_why_not(base, of)}")
        return value

    def _number(self, metric: str, output: str) -> int:
        found = output_number(self.names, output)
        if found is None:
            raise KeyError(metric)
        return found

    @property
    def _losses(self) -> np.ndarray:
        if self.losses is None:
            raise KeyError("loss")
        return np.asarray(self.losses[self.rows])

    def _worst(self, place: int, names: Sequence[str]) -> Worst:
        cells = self.cells[place]
        at = self.rows[place]
        of_classes = {
            name: {"iou": float(iou), "true": int(true), "told": int(told)}
            for name, iou, (_, true, told) in zip(names, BY_CLASS["iou"](cells), cells.tolist(), strict=True)
            if true or told
        }
        iou = float(SCORES["mean_iou"](cells))
        layers = layers_of(self.true[at], self.told[at])
        return Worst(place, (f"iou-{100 * iou:.0f}",), {"mean_iou": iou, "classes": of_classes, **layers})


def _why_not(metric: str, of: str) -> str:
    """A metric is not defined; ``of`` says of which class, where it is of one."""
    if metric in OF_CONTOURS:
        return f"these pictures show no boundary{of or ' of any class'}, and none is told"
    return (
        f"no pixel of these pictures is{of}, and of none it is told" if of else "all pixels of these pictures are void"
    )


def of_masks(
    true: np.ndarray, told: np.ndarray, names: tuple[str, ...], classes: int, losses: np.ndarray | None
) -> MaskPredictions:
    """Of masks ``(n, height, width)``, as they were told."""
    contours = Contours(true, told, classes)
    return MaskPredictions(true, told, names, losses, cells_of(true, told, classes), np.arange(len(true)), contours)


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    config: Mapping[str, Any],  # noqa: ARG001 - nothing is decided by it
) -> MaskPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return of_masks(targets, judged["masks"], names, len(names), judged["losses"])


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> MaskPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    true, told, losses = arrays["true_masks"], arrays["masks"], arrays.get("losses")
    classes = len(names) or int(arrays["classes"])
    if true.ndim != 3 or told.shape != true.shape or (losses is not None and losses.shape != true.shape[:1]):
        raise ValueError(f"holds masks of the shapes {true.shape} and {told.shape}")
    if true.dtype != np.uint8 or told.dtype != np.uint8 or not 0 < classes <= VOID:
        raise ValueError(f"holds masks of {true.dtype} and {told.dtype}")
    if (told >= classes).any() or ((true >= classes) & (true != VOID)).any():
        raise ValueError(f"holds masks of other classes than the {classes} of the study")
    return of_masks(true, told, names, classes, losses)


def guessed(targets: MaskTargets, generator: np.random.Generator) -> MaskPredictions:
    """Of no model, at a small size; see :func:`cnnsearch.tasks.guesses.guesses`.

    A class that no picture shows is told of none, so that its metrics are as undefined as they are.
    """
    count, classes = len(targets.pixels), len(targets.names)
    true = targets.at(np.arange(count), (_GUESSED_SIDE, _GUESSED_SIDE))
    # By the pixels of the masks as they are: at a small size a small class may be lost.
    there = np.flatnonzero(targets.pixels.sum(axis=0))
    told = generator.choice(there if len(there) else np.arange(classes), true.shape).astype(np.uint8)
    return of_masks(true, told, targets.names, classes, np.ones(count))
