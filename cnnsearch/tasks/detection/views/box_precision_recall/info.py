"""Precision at each recall, of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MOST_CLASSES", "ClassCurve", "PrecisionRecallInfo", "box_precision_recall_info"]

MOST_CLASSES = 12
"""Curves that are drawn: of the classes of the most boxes."""


@dataclass(frozen=True)
class ClassCurve:
    """One class, at an overlap of 0.5.

    Attributes:
        map50: the area under it.
        recall, precision: of each box that was told, the likeliest first; precision is the best at this recall or more.
    """

    name: str
    map50: float
    recall: tuple[float, ...]
    precision: tuple[float, ...]


@dataclass(frozen=True)
class PrecisionRecallInfo:
    """All classes that have a box.

    Attributes:
        trial: the best one; ``None`` where there is none.
        curves: the best class first.
        left_out: classes that are not drawn.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    curves: tuple[ClassCurve, ...] = ()
    left_out: int = 0
    missing: str | None = None


def box_precision_recall_info(study: Study) -> PrecisionRecallInfo:
    import numpy as np

    from cnnsearch.tasks.detection.metrics import curve

    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return PrecisionRecallInfo(trial, missing=kept)
    boxes = kept.there.sum(axis=0)
    there = [number for number in np.argsort(-boxes, kind="stable").tolist() if boxes[number]]
    by_class, curves = list(kept.by_class().items()), []
    for number in there[:MOST_CLASSES]:
        precision, recall = (each[:, 0].tolist() for each in curve(kept.matches("all"), kept.times, number))
        name, scores = by_class[number]
        curves.append(ClassCurve(name, scores["map50"] or 0.0, (0.0, *recall), (*precision[:1], *precision) or (0.0,)))
    curves.sort(key=lambda each: -each.map50)
    return PrecisionRecallInfo(trial, tuple(curves), max(0, len(there) - MOST_CLASSES))
