"""The next best trials' configs against the winner's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.differences.info import DifferencesInfo, differences_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: DifferencesInfo) -> tuple[str, ...]:
    if not info.rows or not info.agreed:
        return ()
    return (f"All of them agree with the winner in {', '.join(info.agreed)}.",)


VIEW: View[Study, DifferencesInfo] = View(
    name="differences",
    title="Against the winner",
    lead=lambda info: (
        "What would have to change to get from the winner to the next best trials? Only settings that differ from the "
        f"winner's (first row) are written; values and gaps are of {info.metric} in the search, for the winner too. "
        "Trials that differ much and score alike say that these settings matter little."
    ),
    info=differences_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: None if info.rows else "there is no second trial with a value",
)
