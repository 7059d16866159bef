"""The best trial: its config, metrics and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.summary.info import SummaryInfo, summary_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, SummaryInfo] = View(
    name="summary",
    title="Best trial",
    lead=lambda _: "Which model is it that the folder best/ holds, what does it cost, and which search found it?",
    info=summary_info,
    template="summary/template.html.jinja",
)
