"""Importance of the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.importance.figure import importance_figure
from cnnsearch.report.views.importance.info import ImportanceInfo, importance_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: ImportanceInfo) -> tuple[str, ...]:
    if info.missing:
        return ()
    stopped = f" ({info.stopped} of them stopped early, with the value they had reached)" if info.stopped else ""
    return (
        f"PED-ANOVA by Optuna over {info.trials} trials with a value{stopped}; the best {info.top} count as the best "
        "ones. A conditional parameter is judged by the trials in which it is active, weighted by how many these are. "
        "The upright marks show what a parameter reaches in one of twenty cases if none matters: a bar that does not "
        "pass its mark (an arrow: it is further right) may be chance. Whiskers are 95% intervals of the shares, by "
        "leaving out a tenth of the trials ten times.",
    )


VIEW: View[Study, ImportanceInfo] = View(
    name="importance",
    title="Importance for the best trials",
    lead=lambda _: (
        "Which parameters decide whether a trial is among the best? The longer a bar, the more the values of this "
        "parameter in the best trials differ from those in all trials; it does not say which values are good."
    ),
    info=importance_info,
    drawings=(Drawing("importance", "importance of the parameters", importance_figure),),
    notes=_notes,
    missing=lambda info: info.missing,
    quiet=lambda info: None if any(one.beyond_chance for one in info.parameters) else "No share is beyond chance.",
)
