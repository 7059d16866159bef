"""Who took over from whom, in population based training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.lineage.info import LineageInfo, lineage_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, LineageInfo] = View(
    name="lineage",
    title="Lineage",
    lead=lambda _: (
        "Which config was in force at which epoch, and whose weights does a trial have? Each row is a trial that went "
        "on with weights and optimizer of another one, and what its config has been since: beside what it was before, "
        "and beside the other one's at that time."
    ),
    info=lineage_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.takeovers,
)
