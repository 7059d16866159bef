"""Learning curves by how the trials ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.curves.figure import curves_figure
from cnnsearch.report.views.curves.info import CurvesInfo, curves_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: CurvesInfo) -> str:
    return (
        f"Did the trials learn for long enough, and were the right ones stopped? Each line is a trial's {info.metric} "
        "by epoch, and the star marks the epoch whose weights the best one kept"
        + ("; the vertical axis is logarithmic." if info.log else ".")
    )


def _notes(info: CurvesInfo) -> tuple[str, ...]:
    drawn = len(info.curves)
    notes = []
    if len(info.top) < drawn:
        notes.append(
            f"Shown are the {len(info.top)} best trials; a click on one of the other names in the legend adds the "
            "trials that are so."
        )
    if drawn == info.total:
        return tuple(notes)
    thinned = f"On the page are {drawn} of {info.total:,} curves: those of the 30 best trials, and an even sample "
    return (*notes, f"{thinned}of the others by how they ended.")


VIEW: View[Study, CurvesInfo] = View(
    name="curves",
    title="Learning curves",
    lead=_lead,
    info=curves_info,
    drawings=(Drawing("learning_curves", "learning curves", curves_figure),),
    notes=_notes,
    missing=lambda info: None if info.curves else "no epoch was recorded",
)
