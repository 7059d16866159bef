"""Boxes a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.detection.views.box_counts.figure import box_counts_figure
from cnnsearch.tasks.detection.views.box_counts.info import BoxCountsInfo, box_counts_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: BoxCountsInfo) -> str:
    question = "Are objects counted rightly, and does it fail where there are many?"
    if info.missing is not None:
        return question
    return (
        f"{question} Of {info.exact:,} of {info.pictures:,} validation pictures as many boxes are told as there are, "
        f"with a score of {info.score:.2f} or more. Dots are as large as there are pictures."
    )


VIEW: View[Study, BoxCountsInfo] = View(
    name="box_counts",
    title="Boxes a picture",
    lead=_lead,
    info=box_counts_info,
    drawings=(Drawing("box_counts", "Boxes told over boxes there", box_counts_figure),),
    missing=lambda info: info.missing,
)
