"""Which classes the best trial takes for which."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.classification.confusions import Confusions
from cnnsearch.tasks.classification.predictions import ClassPredictions

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = [
    "ConfusionInfo",
    "Mistaken",
    "class_names",
    "confusion_info",
    "confusion_of",
    "stored_predictions",
    "training_predictions",
]


MOST_MISTAKES = 5


@dataclass(frozen=True)
class Mistaken:
    """So many pictures of one class that were taken for another."""

    true: str
    predicted: str
    pictures: int


@dataclass(frozen=True)
class ConfusionInfo:
    """The confusion matrix of the best trial on the validation split.

    Attributes:
        classes: names, in the order of rows and columns; of more than 100 classes the 30 of the largest mistakes.
        matrix: pictures by true class (rows) and predicted class (columns).
        supports: all pictures of each of them, also those that were taken for a class that is not shown.
        left_out: number of classes that are not shown.
        recall: share of each class's pictures that were recognised; ``None`` for a class without pictures.
        precision: share of what was taken for each class that is of it; ``None`` where nothing was.
        mistakes: the most frequent confusions, most frequent first, at most five.
        accuracy: share of all pictures on the diagonal.
        missing: why there is no matrix; ``None`` where there is one.
    """

    trial: int | None
    classes: tuple[str, ...] = ()
    matrix: tuple[tuple[int, ...], ...] = ()
    supports: tuple[int, ...] = ()
    left_out: int = 0
    recall: tuple[float | None, ...] = ()
    precision: tuple[float | None, ...] = ()
    mistakes: tuple[Mistaken, ...] = ()
    accuracy: float | None = None
    missing: str | None = None


def confusion_info(study: Study) -> ConfusionInfo:
    if study.best is None:
        return ConfusionInfo(None, missing="no trial has a value")
    trial = study.best.trial
    stored = stored_predictions(study, trial)
    if isinstance(stored, str):
        return ConfusionInfo(trial, missing=stored)
    labels, probabilities = stored
    names = class_names(study, probabilities.shape[1])
    found = confusion_of(labels, probabilities)
    right, supports, members = found.right, found.supports, found.members
    return ConfusionInfo(
        trial=trial,
        classes=tuple(names[number] for number in members),
        matrix=found.matrix(members),
        supports=tuple(supports[members].tolist()),
        left_out=found.size - len(members),
        recall=_shares(right[members], supports[members]),
        precision=_shares(right[members], found.answers[members]),
        mistakes=tuple(
            Mistaken(names[true], names[predicted], pictures)
            for true, predicted, pictures in found.mistakes[:MOST_MISTAKES]
        ),
        accuracy=float(right.sum() / len(labels)),
    )


def class_names(study: Study, size: int) -> tuple[str, ...]:
    """Of so many classes; numbers where the study does not name them."""
    named = len(study.classes) == size
    return tuple(map(str, study.classes)) if named else tuple(f"class {index}" for index in range(size))


def confusion_of(labels: np.ndarray, probabilities: np.ndarray) -> Confusions:
    """Pictures by true and predicted class."""
    return Confusions.of(labels, probabilities.argmax(axis=1), probabilities.shape[1])


def stored_predictions(study: Study, trial: int) -> tuple[np.ndarray, np.ndarray] | str:
    """The predictions of a trial, or why they cannot be shown; of the best trial those of the model in ``best/``."""
    return training_predictions(study, trial, study.best.run if study.best and study.best.trial == trial else None)


def training_predictions(study: Study, trial: int, run: int | None) -> tuple[np.ndarray, np.ndarray] | str:
    """The predictions of one training: of a trial's in the search, or of a ``run`` of it as a finalist; or why not."""
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
    return labels, probabilities


def _shares(parts: np.ndarray, wholes: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(part / whole) if whole else None for part, whole in zip(parts, wholes, strict=True))
