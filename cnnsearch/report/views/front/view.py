"""The front of several objectives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.front.figure import hypervolume_by_time, hypervolume_by_trial
from cnnsearch.report.views.front.info import FrontInfo, front_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: FrontInfo) -> str:
    names = " and ".join((", ".join(info.names[:-1]), info.names[-1])) if len(info.names) > 1 else info.names[0]
    return (
        f"Which trials does no other one beat in {names} together, and has the search come to an end? Each row is one "
        "of these trials. The curve is the share of the box between the worst and the best of each objective that "
        "their front beats: where it still climbs at its end, more trials would find more. Pick a trial, or set "
        "bounds, to see its config and the command that gives its model."
    )


def _notes(info: FrontInfo) -> tuple[str, ...]:
    if info.chosen is None or not info.rows:
        return ()
    by = ", by the means over fresh seeds" if info.named else ""
    metric = info.names[0]
    return (
        f"Trial {info.chosen} is chosen: {info.choose}{by}. Values are those of the search.",
        f"Elsewhere on this page the objective is {metric}. The best trial is the chosen one, and the next best are "
        f"the others of the front, then front after front; importances and predictions go by {metric} alone.",
    )


VIEW: View[Study, FrontInfo] = View(
    name="front",
    title="Front",
    lead=_lead,
    info=front_info,
    drawings=(
        Drawing("hypervolume_by_trial", "hypervolume of the front by trial", hypervolume_by_trial),
        Drawing("hypervolume_by_time", "hypervolume of the front by time", hypervolume_by_time),
    ),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: None if info.rows else "no trial has a value in all objectives",
    absent=lambda info: len(info.names) == 1,
)
