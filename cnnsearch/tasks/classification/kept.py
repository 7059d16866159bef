"""Predictions that were kept of a training: labels and probabilities of the validation pictures."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.tasks.classification.confusions import Confusions
from cnnsearch.tasks.classification.predictions import ClassPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Kept", "class_names", "kept", "kept_of_best"]


@dataclass(frozen=True, eq=False)
class Kept:
    """What a model said of each validation picture.

    Attributes:
        labels: class indices, ``(n,)``.
        probabilities: ``(n, classes)``.
    """

    labels: np.ndarray
    probabilities: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def answers(self) -> np.ndarray:
        """The class that is taken for each picture, ``(n,)``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def right(self) -> np.ndarray:
        """Which pictures are recognised, ``(n,)`` booleans."""
        return np.asarray(self.answers == self.labels)

    @property
    def confusions(self) -> Confusions:
        """Pictures by true and predicted class."""
        return Confusions.of(self.labels, self.answers, self.probabilities.shape[1])

    def is_alike(self, other: Kept) -> bool:
        """Whether the other ones are of the same pictures and classes."""
        return self.probabilities.shape == other.probabilities.shape and bool((self.labels == other.labels).all())

    def per_item(self, metric: str) -> np.ndarray:
        """What each picture contributes to a metric, ``(n,)``, so that the mean is the metric.

        Right or wrong for ``val_accuracy``, the cross-entropy for ``val_loss``, jackknife pseudo-values for ``val_f1``.
        """
        if metric == "val_accuracy":
            return self.right
        if metric == "val_loss":
            own = self.probabilities[np.arange(len(self)), self.labels]
            return np.asarray(-np.log(np.maximum(own.astype(float), 1e-7)))
        return _f1_pseudo_values(self.labels, self.answers, self.probabilities.shape[1])


def kept(study: Study, trial: int, run: int | None) -> Kept | str:
    """Those of one training: of a trial's in the search, or of a ``run`` of it as a finalist; or why there are none."""
    try:
        stored = study.predictions(trial, run)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        return f"the predictions of trial {trial} cannot be read ({type(error).__name__})"
    if not isinstance(stored, ClassPredictions):
        return f"no predictions of trial {trial} were kept"
    labels, probabilities = stored.labels, stored.probabilities
    fits = probabilities.ndim == 2 and labels.shape == probabilities.shape[:1] and len(labels)
    if not fits or labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        return f"the predictions of trial {trial} do not fit its labels"
    return Kept(labels, probabilities)


def kept_of_best(study: Study, trial: int) -> Kept | str:
    """Those of a trial in the search, or why there are none; of the best trial those of the model in ``best/``."""
    return kept(study, trial, study.best.run if study.best and study.best.trial == trial else None)


def class_names(study: Study, size: int) -> tuple[str, ...]:
    """Of so many classes; numbers where the study does not name them."""
    named = len(study.classes) == size
    return tuple(map(str, study.classes)) if named else tuple(f"class {index}" for index in range(size))


def _f1_pseudo_values(labels: np.ndarray, chosen: np.ndarray, classes: int) -> np.ndarray:
    """Of the macro average: ``n`` times the whole minus ``n - 1`` times what it is without the picture."""
    matrix = np.array(Confusions.of(labels, chosen, classes).matrix(list(range(classes))))
    whole = _macro_f1(matrix)
    without = np.zeros((classes, classes))
    for true, taken in zip(*matrix.nonzero(), strict=True):
        matrix[true, taken] -= 1
        without[true, taken] = _macro_f1(matrix)
        matrix[true, taken] += 1
    n = len(labels)
    return np.asarray(n * whole - (n - 1) * without[labels, chosen])


def _macro_f1(matrix: np.ndarray) -> float:
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return float(np.divide(2 * matrix.diagonal(), both, out=np.zeros(len(matrix)), where=both > 0).mean())
