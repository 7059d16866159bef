"""Labels and probabilities of pictures at a threshold, what follows from them, and how a study keeps them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnsearch.tasks import custom
from cnnsearch.tasks.binary.metrics import AT_THRESHOLD, Cell, Counts
from cnnsearch.tasks.binary.operating import OperatingPoints, placements
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function
from cnnsearch.tasks.contract.predictions import Mistakes, Part, Worst
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.labelled.confusions import Confusions
from cnnsearch.tasks.labelled.predictions import Claims

__all__ = ["BinaryPredictions", "decided_anew", "make", "recorded"]

_LEAST = float(np.finfo(np.float32).eps)
"""A probability below it counts as this, and likewise next to 1: the loss of one picture must not be endless."""


@dataclass(frozen=True, eq=False)
class BinaryPredictions:
    """Probabilities of the positive class, of pictures whose classes are known.

    Attributes:
        labels: ``(n,)``, 1 for the positive class and 0 for the other one.
        probabilities: ``(n,)`` float32.
        threshold: from it on a picture is decided to be positive.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    threshold: float

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def positive(self) -> np.ndarray:
        """Which pictures are of the positive class, ``(n,)`` booleans."""
        return np.asarray(self.labels == 1)

    @cached_property
    def decided(self) -> np.ndarray:
        """``(n,)``, 1 or 0."""
        # Not in float32, where the threshold between two neighbours would be one of them.
        return (self.probabilities.astype(np.float64) >= self.threshold).astype(np.int64)

    @cached_property
    def counts(self) -> Counts:
        """At the threshold."""
        return Counts.of(self.positive, self.decided == 1)

    @cached_property
    def points(self) -> OperatingPoints:
        """At every threshold."""
        return OperatingPoints.of(self.positive, self.probabilities)

    @property
    def right(self) -> np.ndarray:
        """Which pictures are recognised, ``(n,)`` booleans."""
        return np.asarray((self.decided == 1) == self.positive)

    @property
    def confusions(self) -> Confusions:
        """Pictures by true and decided class."""
        return Confusions.of(self.labels, self.decided, 2)

    @property
    def claims(self) -> Claims:
        """The probabilities of the positive class; Brier's score is of 0 to 1."""
        probabilities, true = self.probabilities.astype(np.float64), self.positive.astype(np.float64)
        return Claims(probabilities, true, float(((probabilities - true) ** 2).mean()), about=1)

    @property
    def fits(self) -> bool:
        """Whether there are some, each of one of the two classes, and each number can be a probability."""
        known = len(self) > 0 and bool(np.isin(self.labels, (0, 1)).all())
        return known and bool(((self.probabilities >= 0) & (self.probabilities <= 1)).all())

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels, and probabilities of the positive class."""
        return self.labels, self.probabilities

    def is_alike(self, other: BinaryPredictions) -> bool:
        """Whether the other ones are of the same pictures."""
        return self.labels.shape == other.labels.shape and bool((self.labels == other.labels).all())

    def take(self, indices: np.ndarray) -> BinaryPredictions:
        """Those of some pictures, at the same threshold."""
        return replace(self, labels=self.labels[indices], probabilities=self.probabilities[indices])

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Those at a threshold are at :attr:`threshold`.

        Raises:
            UndefinedError: a metric is not defined on these pictures.
        """
        return {name: self._score(name) for name in names}

    def per_item(self, metric: str) -> np.ndarray:
        """Right or wrong for the accuracy, the cross-entropy for the loss, else jackknife pseudo-values.

        Raises:
            UndefinedError: as of :meth:`scores`, also where one picture less would do.
        """
        if metric == "accuracy":
            return self.right
        if metric == "loss":
            return self._losses
        if metric == "roc_auc":
            return self._auc_pseudo_values()
        if metric in AT_THRESHOLD:
            return self._pseudo_values_of_counts(metric)
        if metric == "average_precision" or is_function(metric):
            return pseudo_values_of(self, metric)
        raise KeyError(metric)

    def counted_for(self, metric: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Sensitivity, specificity and precision are shares of some of the pictures."""
        some = {"precision": self.decided == 1, "sensitivity": self.positive, "specificity": ~self.positive}
        return (self.right, some[metric]) if metric in some else None

    def parts_of(self, metric: str) -> Iterator[Part]:
        """Both classes, or the positive one, of which F1 is."""
        right = self.right
        if metric in ("roc_auc", "average_precision"):
            if self._score(metric) < 1:
                return
            right = np.ones(len(self), bool)
        elif metric not in ("balanced_accuracy", "f1"):
            return
        classes = (self.positive,) if metric == "f1" else (self.positive, ~self.positive)
        for among in classes:
            if among.any():
                yield Part(0.5 if metric == "balanced_accuracy" else 1.0, among, right)

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """What was most surely taken for the other class."""
        wrong = np.flatnonzero(~self.right)
        surest = wrong[np.argsort(-self._certainty[wrong], kind="stable")][:most]
        return Mistakes(len(wrong), tuple(self._mistake(int(position), names) for position in surest))

    def details(self) -> dict[str, Any]:
        """The confusion matrix is of pictures by true (row) and decided class, the positive one being the second."""
        counts = self.counts
        return {
            "threshold": self.threshold,
            "confusion": [[counts.rejections, counts.false_alarms], [counts.misses, counts.hits]],
        }

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {
            "labels": self.labels,
            "probabilities": self.probabilities,
            "threshold": np.array(self.threshold, np.float64),
        }

    def _score(self, name: str) -> float:
        if name == "loss":
            return float(self._losses.mean())
        if name == "threshold":
            return self.threshold
        if name in AT_THRESHOLD:
            return AT_THRESHOLD[name](self.counts)
        if name == "roc_auc":
            return self.points.roc_auc
        if name == "average_precision":
            return self.points.average_precision
        if is_function(name):
            return custom.score(name, *self.pair)
        raise KeyError(name)

    @property
    def _losses(self) -> np.ndarray:
        """Cross-entropies, ``(n,)``."""
        likely = np.clip(self.probabilities.astype(np.float64), _LEAST, 1 - _LEAST)
        return np.asarray(-np.log(np.where(self.positive, likely, 1 - likely)))

    @property
    def _certainty(self) -> np.ndarray:
        """Probability of the class that was decided, ``(n,)``; below a half where the threshold is not there."""
        return np.where(self.decided == 1, self.probabilities, 1 - self.probabilities).astype(np.float64)

    def _auc_pseudo_values(self) -> np.ndarray:
        """``n`` times the area minus ``n - 1`` times what it is without the picture, from the placements."""
        n, area = len(self), self.points.roc_auc
        placed = placements(self.positive, self.probabilities)
        own = np.where(self.positive, self.points.positives, self.points.negatives)
        if own.min() < 2:
            raise UndefinedError("roc_auc is not defined without the only picture of a class")
        return np.asarray(((n - 1) * placed - (n - own) * area) / (own - 1))

    def _pseudo_values_of_counts(self, metric: str) -> np.ndarray:
        """As of the area; pictures of one cell of the confusion matrix are alike."""
        n, whole = len(self), AT_THRESHOLD[metric](self.counts)
        found = np.empty(n)
        for cell in itertools.starmap(Cell, itertools.product((0, 1), repeat=2)):
            inside = (self.positive == cell.positive) & (self.decided == cell.decided)
            if inside.any():
                found[inside] = n * whole - (n - 1) * AT_THRESHOLD[metric](self.counts.without(cell))
        return found

    def _mistake(self, position: int, names: Sequence[str]) -> Worst:
        label, decided = int(self.labels[position]), int(self.decided[position])
        true, predicted = names[label], names[decided]
        certainty = float(self._certainty[position])
        told = {
            "true": true,
            "predicted": predicted,
            "probability": round(certainty, 4),
            "true_probability": round(1 - certainty, 4),
        }
        return Worst(position, (true, "as", predicted), told)


def make(
    targets: np.ndarray,
    judged: Mapping[str, np.ndarray],
    names: tuple[str, ...],  # noqa: ARG001 - the second is the positive one
    config: Mapping[str, Any],
) -> BinaryPredictions:
    """See :meth:`TaskSpec.predictions <cnnsearch.tasks.task.TaskSpec.predictions>`.

    Where the config fixes no threshold it is searched on these pictures, those of the validation split.
    """
    probabilities, threshold = judged["probabilities"], config["threshold"]
    if threshold is None:
        threshold = OperatingPoints.of(targets == 1, probabilities).best_threshold()
    return BinaryPredictions(targets, probabilities, float(threshold))


def decided_anew(predictions: BinaryPredictions, config: Mapping[str, Any]) -> BinaryPredictions:
    """See :meth:`TaskSpec.decided_anew <cnnsearch.tasks.task.TaskSpec.decided_anew>`."""
    return make(predictions.labels, {"probabilities": predictions.probabilities}, (), config)


def recorded(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> BinaryPredictions:  # noqa: ARG001
    """See :meth:`TaskSpec.recorded <cnnsearch.tasks.task.TaskSpec.recorded>`."""
    labels, probabilities, threshold = (arrays[name] for name in ("labels", "probabilities", "threshold"))
    if labels.ndim != 1 or probabilities.shape != labels.shape or threshold.shape != ():
        shapes = f"{labels.shape}, {probabilities.shape} and {threshold.shape}"
        raise ValueError(f"holds arrays of the shapes {shapes}")
    return BinaryPredictions(labels, probabilities, float(threshold))
