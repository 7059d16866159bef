"""How many boxes are found, by their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BoxRange", "BoxSizesInfo", "box_sizes_info"]

_RANGES = 8
"""Ranges of sizes, of as many boxes each."""


@dataclass(frozen=True)
class BoxRange:
    """Boxes of like size.

    Attributes:
        low, high: square root of the pixels of the smallest and of the largest.
        boxes: how many there are.
        found: share of them that is told, with the right class and an overlap of at least 0.5.
        close: likewise of at least 0.75.
    """

    low: float
    high: float
    boxes: int
    found: float
    close: float


@dataclass(frozen=True)
class BoxSizesInfo:
    """All boxes.

    Attributes:
        trial: the best one; ``None`` where there is none.
        ranges: from small to large.
        score: from which boxes are looked at.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    ranges: tuple[BoxRange, ...] = ()
    score: float = 0.0
    missing: str | None = None


def box_sizes_info(study: Study) -> BoxSizesInfo:
    import numpy as np

    from cnnsearch.tasks.detection.boxes import CLASS, PIXELS, areas, overlaps

    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return BoxSizesInfo(trial, missing=kept)
    true, told = (each.astype(np.float64) for each in kept.pair)
    is_true = true[..., CLASS] >= 0
    if not is_true.any():
        return BoxSizesInfo(trial, missing="no validation picture has a box")
    score = kept.faults.score
    fits = (told[:, None, :, 5] == true[..., None, CLASS]) & (told[:, None, :, 4] >= score)
    best = np.where(fits, overlaps(true[..., :4], told[..., :4]), 0.0).max(axis=-1, initial=0.0)[is_true]
    sides = np.sqrt(areas(true[..., :4]) * true[..., PIXELS])[is_true]
    ranges = tuple(
        BoxRange(
            float(sides[part[0]]),
            float(sides[part[-1]]),
            len(part),
            float((best[part] >= 0.5).mean()),
            float((best[part] >= 0.75).mean()),
        )
        for part in np.array_split(np.argsort(sides, kind="stable"), min(_RANGES, len(sides)))
    )
    return BoxSizesInfo(trial, ranges, score)
