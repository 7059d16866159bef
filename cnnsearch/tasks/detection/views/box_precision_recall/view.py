"""Precision and recall by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.detection.views.box_precision_recall.figure import box_precision_recall_figure
from cnnsearch.tasks.detection.views.box_precision_recall.info import PrecisionRecallInfo, box_precision_recall_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: PrecisionRecallInfo) -> tuple[str, ...]:
    if not info.left_out:
        return ()
    return (f"{info.left_out} classes of fewer boxes are not drawn.",)


VIEW: View[Study, PrecisionRecallInfo] = View(
    name="box_precision_recall",
    title="Precision and recall",
    lead=lambda _: (
        "How many wrong boxes does it take to find more of what is there? From left to right lower scores count too. A "
        "box is right that overlaps one of its class by half, and the area under a line is the map50 of the class."
    ),
    info=box_precision_recall_info,
    drawings=(Drawing("box_precision_recall", "Precision over recall by class", box_precision_recall_figure),),
    notes=_notes,
    missing=lambda info: info.missing,
)
