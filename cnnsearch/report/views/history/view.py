"""Best value so far, over trials and over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.numbers import duration
from cnnsearch.report.numbers import significant
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.history.figure import history_by_time, history_by_trial, history_by_worker_hours
from cnnsearch.report.views.history.info import HistoryInfo, history_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: HistoryInfo) -> str:
    return (
        f"Was the budget enough? Each point is a trial, and the line is the best {info.basis.lower()} one so far: a "
        "line that still climbs at its end asks for more trials. Trials without a value stand on the bottom edge"
        + ("; the vertical axis is logarithmic." if info.log else ".")
    )


def _notes(info: HistoryInfo) -> tuple[str, ...]:
    return (*_outlook(info), *_left_out(info))


def _outlook(info: HistoryInfo) -> tuple[str, ...]:
    if info.expected is None:
        return ()
    hours = info.by_worker_hours[-1][0] if info.by_worker_hours else 0.0
    again = f"As many trials again, {duration(hours * 3600)} more of all workers together,"
    return (
        f"{again} would probably improve the best {info.metric} by {significant(info.expected, 2)} at most: that is "
        "estimated from the largest values so far. What another seed makes of the same config is no improvement.",
    )


def _left_out(info: HistoryInfo) -> tuple[str, ...]:
    if len(info.points) == info.total:
        return ()
    drawn = (
        f"Drawn are {len(info.points):,} of {info.total:,} trials: the 30 best, and an even sample of the others by how"
    )
    return (f"{drawn} they ended; the lines are of all.",)


VIEW: View[Study, HistoryInfo] = View(
    name="history",
    title="Best so far",
    lead=_lead,
    info=history_info,
    drawings=(  # one on the page: its tooltips tell time and hours, and the other two would climb as it does
        Drawing("history_by_trial", "best value by trial", history_by_trial),
        Drawing("history_by_time", "best value by time", history_by_time, on_page=False),
        Drawing(
            "history_by_worker_hours", "best value by hours of all workers", history_by_worker_hours, on_page=False
        ),
    ),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: None if info.points else "no trial was proposed",
)
