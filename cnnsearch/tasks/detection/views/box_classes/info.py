"""How well the best model finds the boxes of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BoxClass", "BoxClassesInfo", "box_classes_info"]


@dataclass(frozen=True)
class BoxClass:
    """One class on the validation pictures.

    Attributes:
        boxes: how many there are.
        pictures: that have one.
        map, map50, recall: see the metrics of the task; ``None``: no picture has a box of it.
    """

    name: str
    boxes: int
    pictures: int
    map: float | None
    map50: float | None
    recall: float | None


@dataclass(frozen=True)
class BoxClassesInfo:
    """All classes.

    Attributes:
        trial: the best one; ``None`` where there is none.
        rows: in the order of the classes.
        weakest: the one of the lowest map.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[BoxClass, ...] = ()
    weakest: str | None = None
    missing: str | None = None


def box_classes_info(study: Study) -> BoxClassesInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return BoxClassesInfo(trial, missing=kept)
    boxes, pictures = kept.there.sum(axis=0).tolist(), (kept.there > 0).sum(axis=0).tolist()
    rows = tuple(
        BoxClass(name, boxes[at], pictures[at], **scores) for at, (name, scores) in enumerate(kept.by_class().items())
    )
    judged = [row for row in rows if row.map is not None]
    weakest = min(judged, key=lambda row: row.map or 0.0).name if len(judged) > 1 else None
    return BoxClassesInfo(trial, rows, weakest)
