"""Distribution of the results of several studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import score
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.distribution.figure import distribution_figure
from cnnsearch.report.views.distribution.info import DistributionInfo, distribution_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _missing(info: DistributionInfo) -> str | None:
    if info.metric is None:
        return "the studies have different objectives"
    return None if any(study.values for study in info.studies) else "no trial has a value"


def _notes(info: DistributionInfo) -> tuple[str, ...]:
    medians = [
        f"{study.name} {score(study.median, info.pictures)} ({len(study.values):,} trials)" for study in info.studies
    ]
    return (f"Median trial: {'; '.join(medians)}. Stopped trials count with the value that they had reached.",)


VIEW: View[Sequence[Study], DistributionInfo] = View(
    name="distribution",
    title="Distribution of results",
    lead=lambda info: (
        "Was a study better, or only luckier in its best trial? At each value of "
        f"{info.metric or 'the objective'} a line says which share of a study's trials is at least so good: the line "
        "that lies above the others is that of the study whose trials are better throughout."
    ),
    info=distribution_info,
    drawings=(Drawing("distribution_of_results", "distribution of results by study", distribution_figure),),
    notes=_notes,
    missing=_missing,
)
