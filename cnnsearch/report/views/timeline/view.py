"""What the workers did when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.numbers import plural
from cnnsearch.report.numbers import duration, percent
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.timeline.figure import MOST_LANES, timeline_figure
from cnnsearch.report.views.timeline.info import TimelineInfo, timeline_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: TimelineInfo) -> tuple[str, ...]:
    if not info.workers:
        return ()
    startup = sum(worker.startup_seconds for worker in info.workers)
    idle = sum(worker.idle_seconds for worker in info.workers)
    busy = sum(worker.busy_seconds for worker in info.workers)
    notes = [
        f"{plural(len(info.workers), 'worker')} over {duration(info.seconds)}: "
        f"{percent(info.busy)} busy ({duration(busy)} together), {duration(startup)} starting up, {duration(idle)} "
        "idle or not there yet. Trials that have not ended are not in it."
    ]
    if info.resumed:
        often = "A dashed line is" if len(info.resumed) == 1 else "Dashed lines are"
        notes.append(f"{often} where the study was resumed. The time between is left out.")
    if len(info.workers) > MOST_LANES:
        notes.append(f"Drawn are the first {MOST_LANES} of {len(info.workers)} workers.")
    if info.unknown:
        notes.append(f"The worker of {info.unknown:,} ended trials is not recorded.")
    return tuple(notes)


VIEW: View[Study, TimelineInfo] = View(
    name="timeline",
    title="Timeline of the workers",
    lead=lambda _: (
        "Were the workers kept busy? Each lane is a worker with its node, its process and the share of the time in "
        "which it was busy. Bars are trials by how they ended, start-ups of its process and runs of finalists, as the "
        "legend tells; gaps are idle."
    ),
    info=timeline_info,
    drawings=(Drawing("timeline", "timeline of the workers", timeline_figure),),
    notes=_notes,
    missing=lambda info: None if info.workers else "no ended trial says which worker it ran on",
)
