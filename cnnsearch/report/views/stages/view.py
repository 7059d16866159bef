"""What the sweep computed once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.stages.info import StagesInfo, stages_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, StagesInfo] = View(
    name="stages",
    title="Computed once",
    lead=lambda _: (
        "What did the trials share? Each row is a step that the sweep computed for all of them; one that was computed "
        "more often than once had to make room for others, or was lost, and one that was not computed is of an earlier "
        "run, in the machine's cache."
    ),
    info=stages_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.rows,
)
