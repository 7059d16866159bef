"""Time that several studies took to a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import duration, score
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.target.figure import target_figure
from cnnsearch.report.views.target.info import TargetInfo, target_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _missing(info: TargetInfo) -> str | None:
    if info.metric is None:
        return "the studies have different objectives"
    return "not every study has a trial with a value" if info.target is None else None


def _notes(info: TargetInfo) -> tuple[str, ...]:
    if info.target is None:
        return ()
    told = [
        f"{study.name} after {duration(60 * study.minutes)} and {study.trials:,} of its trials"
        for study in info.studies
        if study.minutes is not None and study.trials is not None
    ]
    return (f"The target, {score(info.target, info.pictures)}, was reached by {'; '.join(told)}.",)


VIEW: View[Sequence[Study], TargetInfo] = View(
    name="target",
    title="Time to a target",
    lead=lambda _: (
        "Which study got there first? Each line is the best value so far of one study over its own time; the target is "
        "the best value that all of them reached. Times compare only where the hardware does."
    ),
    info=target_info,
    drawings=(Drawing("time_to_target", "best value so far by study", target_figure),),
    notes=_notes,
    missing=_missing,
)
