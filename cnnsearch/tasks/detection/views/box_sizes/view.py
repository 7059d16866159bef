"""Small and large boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.detection.views.box_sizes.figure import box_sizes_figure
from cnnsearch.tasks.detection.views.box_sizes.info import BoxSizesInfo, box_sizes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, BoxSizesInfo] = View(
    name="box_sizes",
    title="Small and large boxes",
    lead=lambda _: (
        "Does the best trial miss what is small? Each line is a range of sizes with as many boxes: the share of them "
        "that is found with the right class, at the score from which the most is right. Where the loose line is high "
        "and the strict one low, boxes are badly placed."
    ),
    info=box_sizes_info,
    drawings=(Drawing("box_sizes", "Boxes that are found, by size", box_sizes_figure),),
    missing=lambda info: info.missing,
)
