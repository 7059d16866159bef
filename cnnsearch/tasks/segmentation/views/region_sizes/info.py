"""How well regions are told by their size: a region is what a picture shows of a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.segmentation.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MOST_POINTS", "Region", "RegionSizesInfo", "SizeRange", "region_sizes_info"]

MOST_POINTS = 2000
"""Regions that the figure shows."""

_RANGES = 4
"""Ranges of sizes, of as many regions each."""


@dataclass(frozen=True)
class Region:
    """What a picture shows of a class.

    Attributes:
        picture: place in the validation split.
        name: of the class.
        pixels: of the region.
        dice: of this class on this picture.
    """

    picture: int
    name: str
    pixels: int
    dice: float


@dataclass(frozen=True)
class SizeRange:
    """Regions of like size.

    Attributes:
        low, high: pixels of the smallest and of the largest.
        regions: how many there are.
        dice: their mean.
    """

    low: int
    high: int
    regions: int
    dice: float


@dataclass(frozen=True)
class RegionSizesInfo:
    """Regions of all classes but the first, which mostly is what lies around all others.

    Attributes:
        trial: the best one; ``None`` where there is none.
        regions: those that are shown, evenly over the order of their sizes.
        ranges: from small to large.
        total: how many regions there are.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    regions: tuple[Region, ...] = ()
    ranges: tuple[SizeRange, ...] = ()
    total: int = 0
    missing: str | None = None


def region_sizes_info(study: Study) -> RegionSizesInfo:
    import numpy as np

    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return RegionSizesInfo(trial, missing=kept)
    cells, names = kept.cells, list(kept.by_class())
    pictures, classes = np.nonzero(cells[:, 1:, 1])
    if not len(pictures):
        return RegionSizesInfo(trial, missing="the validation pictures show no class but the first")
    both, true, told = cells[pictures, classes + 1].T
    order = np.argsort(true, kind="stable")
    dice = 2 * both / (true + told)
    ranges = tuple(
        SizeRange(int(true[part[0]]), int(true[part[-1]]), len(part), float(dice[part].mean()))
        for part in np.array_split(order, min(_RANGES, len(order)))
    )
    drawn = order[np.unique(np.linspace(0, len(order) - 1, MOST_POINTS).round().astype(int))]
    regions = tuple(
        Region(int(pictures[at]), names[int(classes[at]) + 1], int(true[at]), float(dice[at])) for at in drawn.tolist()
    )
    return RegionSizesInfo(trial, regions, ranges, len(order))
