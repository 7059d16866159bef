"""Regions by their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.segmentation.views.region_sizes.figure import region_sizes_figure
from cnnsearch.tasks.segmentation.views.region_sizes.info import RegionSizesInfo, region_sizes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: RegionSizesInfo) -> tuple[str, ...]:
    if len(info.regions) == info.total:
        return ()
    return (f"Of {info.total:,} regions {len(info.regions):,} are drawn, evenly over the order of their sizes.",)


VIEW: View[Study, RegionSizesInfo] = View(
    name="region_sizes",
    title="Small and large regions",
    lead=lambda _: (
        "Does the best trial miss what is small? Each point is what a validation picture shows of a class, but for the "
        "first one; lines are means of a quarter of them each, by size."
    ),
    info=region_sizes_info,
    drawings=(Drawing("region_sizes", "Dice of regions by size", region_sizes_figure),),
    notes=_notes,
    missing=lambda info: info.missing,
)
