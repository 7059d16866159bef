"""Which classes the best trial takes for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.labelled.views.confusion.by_class import ClassesInfo, classes_info
from cnnsearch.tasks.labelled.views.kept import class_names, kept_of_best

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["ConfusionInfo", "Mistaken", "confusion_info"]


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
        threshold: probability of the second of two classes from which it is decided; ``None``: the most probable one
            is.
        by_class: recall, precision and F1 of each class, with intervals; ``None`` where there is no matrix.
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
    threshold: float | None = None
    by_class: ClassesInfo | None = None
    missing: str | None = None


def confusion_info(study: Study) -> ConfusionInfo:
    if study.best is None:
        return ConfusionInfo(None, missing="no trial has a value")
    trial = study.best.trial
    kept = kept_of_best(study, trial)
    if isinstance(kept, str):
        return ConfusionInfo(trial, missing=kept)
    found = kept.confusions
    names = class_names(study, found.size)
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
        accuracy=float(right.sum() / len(kept)),
        threshold=kept.threshold,
        by_class=classes_info(study),
    )


def _shares(parts: np.ndarray, wholes: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(part / whole) if whole else None for part, whole in zip(parts, wholes, strict=True))
