"""The best trial: its config, metrics and cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.summary import SummaryInfo, summary_info
from cnnsearch.report.view import View

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, SummaryInfo] = View(
    name="summary",
    title="Best trial",
    lead=lambda _: "Which model is it that the folder best/ holds, what does it cost, and which search found it?",
    info=summary_info,
    template=Path(__file__).with_name("template.html.jinja"),
)
