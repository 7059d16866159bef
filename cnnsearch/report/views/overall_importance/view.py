"""Importance of the parameters over all trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import percent
from cnnsearch.report.statistics.overall_importance import OverallImportanceInfo, overall_importance_info
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.overall_importance.figure import overall_importance_figure

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: OverallImportanceInfo) -> tuple[str, ...]:
    if info.missing or info.r2 is None:
        return ()
    value = "logarithm of the objective" if info.log else "objective"
    return (
        f"Extremely randomised trees over {info.trials:,} trials predict the {value} of trials that they have not seen "
        f"and explain {percent(info.r2)} of its variance. A bar is the squared error that they gain when the "
        "parameter's values are dealt anew, over that variance (with much at stake it passes 100%); a conditional "
        "parameter is dealt among the trials in which it is active. Whiskers are 95% intervals from drawing the "
        "trials anew; a bar whose whisker reaches 0 may be chance.",
    )


VIEW: View[Study, OverallImportanceInfo] = View(
    name="overall_importance",
    title="Importance over all trials",
    lead=lambda _: (
        "Which parameters move the objective over the whole search, the bad trials included? The longer a bar, the "
        "worse the objective can be told without this parameter; what only matters among the best trials is in the "
        "view of these."
    ),
    info=overall_importance_info,
    drawings=(Drawing("overall_importance", "importance over all trials", overall_importance_figure),),
    notes=_notes,
    missing=lambda info: info.missing,
    quiet=lambda info: None if any(one.beyond_chance for one in info.parameters) else "No share is beyond chance.",
)
