"""How well the best model tells the pixels of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.segmentation.metrics import BY_CLASS
from cnnsearch.tasks.segmentation.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MaskClass", "MaskClassesInfo", "mask_classes_info"]


@dataclass(frozen=True)
class MaskClass:
    """One class on the validation pictures.

    Attributes:
        pictures: that show it.
        share: of the pixels that are known.
        iou, dice: over all pictures together; ``None`` where it is neither there nor told.
        boundary_f1, hausdorff_95: means over the pictures that show a boundary of it or are told one; the latter in
            pixels. ``None``: there are none.
        recall: share of its pixels that are told; ``None``: it has none.
        precision: share of the pixels that are told to be its, and are; ``None``: of none it is told.
    """

    name: str
    pictures: int
    share: float
    iou: float | None
    dice: float | None
    boundary_f1: float | None
    hausdorff_95: float | None
    recall: float | None
    precision: float | None


@dataclass(frozen=True)
class MaskClassesInfo:
    """All classes.

    Attributes:
        trial: the best one; ``None`` where there is none.
        rows: in the order of the classes.
        weakest: the one of the lowest IoU.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[MaskClass, ...] = ()
    weakest: str | None = None
    missing: str | None = None


def mask_classes_info(study: Study) -> MaskClassesInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return MaskClassesInfo(trial, missing=kept)
    cells = kept.cells
    total, pictures = cells.sum(axis=0), (cells[:, :, 1] > 0).sum(axis=0).tolist()
    known = max(int(total[:, 1].sum()), 1)
    by_class = kept.by_class()
    rows = tuple(
        MaskClass(
            name,
            pictures[index],
            true / known,
            **dict(zip(BY_CLASS, by_class[name], strict=True)),
            recall=both / true if true else None,
            precision=both / told if told else None,
        )
        for index, (name, (both, true, told)) in enumerate(zip(by_class, total.tolist(), strict=True))
    )
    judged = [row for row in rows if row.iou is not None]
    weakest = min(judged, key=lambda row: row.iou or 0.0).name if len(judged) > 1 else None
    return MaskClassesInfo(trial, rows, weakest)
