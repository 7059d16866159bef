"""Parameters and objective as parallel coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.parallel.figure import parallel_figure, parallel_width
from cnnsearch.report.views.parallel.info import ParallelInfo, parallel_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: ParallelInfo) -> str:
    thick = "The thick one is the best."
    if info.named or info.chosen:
        why = "which was chosen by all objectives" if info.chosen else "which won on fresh seeds"
        thick = f"The thick one is trial {info.best}, {why}: others may stand higher in the search."
    return (
        "Which values do the good trials share? Each line is a trial through its parameters to its "
        f"{info.metric} on the right, where higher is better; the stronger its colour, the better it is. {thick} "
        "Dotted ones failed."
    )


def _notes(info: ParallelInfo) -> tuple[str, ...]:
    drawn = len(info.lines)
    if drawn == info.total:
        return ()
    thinned = f"Drawn are {drawn} of {info.total:,} ended trials: the 30 best, and an even sample of the others"
    return (f"{thinned} by how they ended.",)


def _missing(info: ParallelInfo) -> str | None:
    if not info.lines:
        return "no trial has ended"
    return None if len(info.axes) > 1 else "no parameter was searched"


VIEW: View[Study, ParallelInfo] = View(
    name="parallel",
    title="Parameters and objective",
    lead=_lead,
    info=parallel_info,
    drawings=(Drawing("parallel_coordinates", "parallel coordinates", parallel_figure, parallel_width),),
    notes=_notes,
    missing=_missing,
)
