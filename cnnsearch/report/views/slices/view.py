"""Each parameter against the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import compact
from cnnsearch.report.statistics.edges import Edge
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.slices.figure import slices_figure, slices_width
from cnnsearch.report.views.slices.info import SlicesInfo, slices_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: SlicesInfo) -> tuple[str, ...]:
    notes = [_alarm(edge) for each in info.slices for edge in each.edges]
    drawn = max((len(each.points) for each in info.slices), default=0)
    if any(each.inactive for each in info.slices):
        some = ", ".join(f"{each.name} in {each.inactive:,}" for each in info.slices if each.inactive)
        notes.append(f"Trials in which a parameter is not active are not in its panel: {some}.")
    if drawn < info.total and info.total > 1000:
        notes.append(
            f"Drawn are at most 1,000 of {info.total:,} trials, the best and an even sample of the others; medians and "
            "alarms are of all."
        )
    return tuple(notes)


def _alarm(edge: Edge) -> str:
    winner = f" The best trial's, {compact(edge.value)}, does too." if edge.winner and edge.value is not None else ""
    return (
        f"{edge.top} of the best {edge.top_all} trials have a {edge.parameter} at the {edge.side} edge of its range, "
        f"{compact(edge.bound)}, against {edge.near} of all {edge.all}: more than chance explains (p = "
        f"{compact(edge.p_value)}).{winner} A wider range may hold better values."
    )


VIEW: View[Study, SlicesInfo] = View(
    name="slices",
    title="Each parameter",
    lead=lambda info: (
        "Which values of each parameter do well, and is its range wide enough? Each point is a trial, its "
        f"{info.metric} over its value of the parameter; short strokes with whiskers are medians and quartiles of "
        "trials with like values, and a dashed line warns of an edge at which the best trials stand."
    ),
    info=slices_info,
    drawings=(Drawing("each_parameter", "each parameter against the objective", slices_figure, slices_width),),
    notes=_notes,
    missing=lambda info: None if info.slices else "no parameter took two values in trials that have a value",
)
