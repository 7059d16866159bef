"""Boxes of pictures and what a model told of them, what follows from the two, and how a study keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.tasks import custom
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, output_number, split_name
from cnnsearch.tasks.contract.predictions import Mistakes, Part, Worst
from cnnsearch.tasks.detection.boxes import CLASS, COLUMNS, PIXELS, areas
from cnnsearch.tasks.detection.faults import Faults, faults_of
from cnnsearch.tasks.detection.matching import OVERLAPS, Matches, matched
from cnnsearch.tasks.detection.metrics import BySize, judged
from cnnsearch.tasks.detection.targets import BoxTargets
from cnnsearch.tasks.jackknife import pseudo_values_of

__all__ = ["BoxPredictions", "guessed", "make", "of_boxes", "recorded"]

_Of = Callable[[BySize], np.ndarray]

_BY_CLASS: dict[str, _Of] = {
    "map": lambda of: of.precision.mean(axis=1),
    "map50": lambda of: of.precision[:, 0],
    "recall": lambda of: of.recall.mean(axis=1),
}

_SCORES: dict[str, tuple[str, _Of]] = {
    "map": ("all", _BY_CLASS["map"]),
    "map50": ("all", _BY_CLASS["map50"]),
    "map75": ("all", lambda of: of.precision[:, 5]),
    "map_small": ("small", _BY_CLASS["map"]),
    "map_medium": ("medium", _BY_CLASS["map"]),
    "map_large": ("large", _BY_CLASS["map"]),
    "mean_recall": ("all", _BY_CLASS["recall"]),
}
"""Metric -> the range of sizes, and what it is of each class."""

_DIFFERENT = 1e-3
"""Share by which areas of the same boxes differ at most, where pictures are stretched to other sizes."""

_SHOWN = 40
"""Boxes of a picture that a record of mistakes tells."""


@dataclass(frozen=True, eq=False)
class BoxPredictions:
    """What was told of pictures whose boxes are known, in pixels of the network.

    Attributes:
        true: ``(m, most, 6)``, see :mod:`cnnsearch.tasks.detection.boxes`.
        told: ``(m, k, 6)``: box, score and class of each, or class -1.
        names: of the classes; empty where they are not known.
        losses: ``(m,)``, or ``None`` where they are not known.
        classes: how many there are.
        rows: ``(n,)`` of which of these it is, as a resample has some several times: matches are cheap to count.
    """

    true: np.ndarray
    told: np.ndarray
    names: tuple[str, ...]
    losses: np.ndarray | None
    classes: int
    rows: np.ndarray
    _matches: dict[str, Matches] = field(default_factory=dict, repr=False)
    _judged: dict[str, BySize] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def numbers(self) -> int:
        """See :class:`cnnsearch.tasks.contract.predictions.Summed`."""
        return 4 * len(OVERLAPS) * max(len(self), int((self.told[self.rows, :, 5] >= 0).sum()))

    @property
    def fits(self) -> bool:
        """Whether there are some, and each box is one that there can be, of a class that there is."""
        boxes = self.told[self.told[..., 5] >= 0]
        return (
            len(self) > 0
            and bool(np.isfinite(boxes).all())
            and (not len(boxes) or int(boxes[:, 5].max()) < self.classes)
            and int(self.true[..., CLASS].max(initial=-1)) < self.classes
            and (self.losses is None or bool(np.isfinite(self.losses).all()))
        )

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Boxes as a metric of the user's takes them, ``(n, most, 6)`` and ``(n, k, 6)``."""
        return self.true[self.rows], self.told[self.rows]

    def is_alike(self, other: BoxPredictions) -> bool:
        """Whether the other ones are of the same pictures, which may be stretched to another size."""
        mine, theirs = self.pair[0], other.pair[0]
        return (
            mine.shape == theirs.shape
            and np.array_equal(mine[..., CLASS], theirs[..., CLASS])
            and np.allclose(_pixels(mine), _pixels(theirs), rtol=_DIFFERENT)
        )

    def take(self, indices: np.ndarray) -> BoxPredictions:
        """Those of some pictures, in that order."""
        return replace(self, rows=self.rows[indices], _judged={})

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Over all pictures together, of the classes that any of them has a box of.

        Raises:
            UndefinedError: there is no box of the class, or of the size; or the loss is asked for, and is not known.
        """
        return {name: self._score(name) for name in names}

    def per_item(self, metric: str) -> np.ndarray:
        """Losses, and for all else jackknife pseudo-values, as all are of boxes of all pictures together."""
        return self._losses if metric == "loss" else pseudo_values_of(self, metric)

    def by_class(self) -> dict[str, dict[str, float | None]]:
        """Class -> the metrics of one class; ``None`` where no picture has a box of it."""
        columns = {name: of(self.judged("all")) for name, of in _BY_CLASS.items()}
        return {
            name: {metric: None if np.isnan(values[at]) else float(values[at]) for metric, values in columns.items()}
            for at, name in enumerate(self._named)
        }

    @property
    def there(self) -> np.ndarray:
        """``(n, classes)`` boxes of each picture."""
        return np.asarray(self.matches("all").there[self.rows])

    @cached_property
    def faults(self) -> Faults:
        """What is wrong with the boxes of each picture."""
        return faults_of(*self.pair)

    def parts_of(self, metric: str) -> Iterator[Part]:
        """The pictures that have a box of a class, of each class."""
        base, output = split_name(metric)
        known = base in _SCORES if output is None else base in _BY_CLASS
        if is_function(metric) or not known or self._score(metric) < 1.0:
            return
        there = self.matches(_SCORES[base][0] if output is None else "all").there[self.rows] > 0
        at = None if output is None else output_number(self._named, output)
        classes = np.flatnonzero(there.any(axis=0)).tolist() if at is None else [at]
        for each in classes:
            yield Part(1 / len(classes), there[:, each], np.ones(len(self), bool))

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """The pictures with the most boxes that are missed or wrong."""
        wrong = self.faults.by_picture
        order = np.argsort(-wrong, kind="stable")[:most]
        worst = tuple(self._worst(int(place), names) for place in order if wrong[place])
        return Mistakes(int((wrong > 0).sum()), worst)

    def details(self) -> dict[str, Any]:
        """The metrics of each class, and what is wrong with boxes."""
        return {"outputs": self.by_class(), "faults": self.faults.counted, "score": self.faults.score}

    def to_arrays(self) -> dict[str, np.ndarray]:
        losses = {} if self.losses is None else {"losses": self.losses[self.rows]}
        true, told = self.pair
        return {"true_boxes": true, "detections": told, "classes": np.array(self.classes), **losses}

    def matches(self, size: str) -> Matches:
        """Of one of the ranges of sizes, of all pictures there are."""
        if size not in self._matches:
            self._matches[size] = matched(self.true, self.told, self.classes, size)
        return self._matches[size]

    @property
    def times(self) -> np.ndarray:
        """``(m,)`` how many times each picture is in it."""
        return np.bincount(self.rows, minlength=len(self.true))

    def judged(self, size: str) -> BySize:
        """Precision and recall of one of the ranges of sizes."""
        if size not in self._judged:
            self._judged[size] = judged(self.matches(size), self.times)
        return self._judged[size]

    def _score(self, name: str) -> float:
        if name == "loss":
            return float(self._losses.mean(dtype=np.float64))
        if is_function(name):
            return custom.score(name, *self.pair)
        base, output = split_name(name)
        if output is None:
            size, of = _SCORES[base]
            values = of(self.judged(size))
            if np.isnan(values).all():
                raise UndefinedError(
                    f"{name} is not defined: no picture has a box" + f" of size {size}" * (size != "all")
                )
            return float(np.nanmean(values))
        found = output_number(self.names, output)
        if found is None:
            raise KeyError(name)
        value = float(_BY_CLASS[base](self.judged("all"))[found])
        if np.isnan(value):
            raise UndefinedError(f"{name} is not defined: no picture has a box of class '{output}'")
        return value

    @property
    def _named(self) -> tuple[str, ...]:
        return self.names or tuple(map(str, range(self.classes)))

    @property
    def _losses(self) -> np.ndarray:
        if self.losses is None:
            raise UndefinedError("loss is not known of boxes behind the suppression, which an exported model gives")
        return np.asarray(self.losses[self.rows])

    def _worst(self, place: int, names: Sequence[str]) -> Worst:
        named = list(names) or list(self._named)
        boxes = [
            {"box": box, "name": named[number], "fault": fault, **({} if score is None else {"score": score})}
            for box, number, score, fault in self.faults.of(place)
        ]
        counted = int(self.faults.by_picture[place])
        return Worst(place, (f"{counted}-wrong",), {"wrong_boxes": counted, "boxes": boxes[:_SHOWN]})


def _pixels(boxes: np.ndarray) -> np.ndarray:
    """Of each box, in the picture as it lies."""
    return np.asarray(areas(boxes) * boxes[..., PIXELS])


def of_boxes(
    true: np.ndarray, told: np.ndarray, names: tuple[str, ...], classes: int, losses: np.ndarray | None
) -> BoxPredictions:
    """Of boxes ``(n, most, 6)``, and of those that were told ``(n, k, 6)``."""
    return BoxPredictions(true, told, names, losses, classes, np.arange(len(true)))


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    config: Mapping[str, Any],  # noqa: ARG001 - nothing is decided by it
) -> BoxPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`."""
    return of_boxes(targets, judged["detections"], names, len(names), judged["losses"])


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> BoxPredictions:
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    true, told, losses = arrays["true_boxes"], arrays["detections"], arrays.get("losses")
    classes = len(names) or int(arrays["classes"])
    shapes = [each.shape for each in (true, told)]
    if any(len(shape) != 3 or shape[-1] != COLUMNS or shape[0] != len(true) for shape in shapes):
        raise ValueError(f"holds boxes of the shapes {shapes[0]} and {shapes[1]}")
    if losses is not None and losses.shape != (len(true),):
        raise ValueError(f"holds losses of the shape {losses.shape}")
    if true[..., CLASS].max(initial=-1) >= classes or told[..., 5].max(initial=-1) >= classes:
        raise ValueError(f"holds boxes of other classes than the {classes} of the study")
    return of_boxes(true, told, names, classes, losses)


def guessed(targets: BoxTargets, generator: np.random.Generator) -> BoxPredictions:
    """Of no model: the boxes of other pictures; see :func:`cnnsearch.tasks.guesses.guesses`."""
    true = targets.values
    told = generator.permutation(true)
    told[..., 5] = told[..., CLASS]
    told[..., 4] = np.where(told[..., 5] >= 0, generator.random(told.shape[:2]), 0.0)
    return of_boxes(true, told.astype(np.float32), targets.names, len(targets.names), np.ones(len(true)))
