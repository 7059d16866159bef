"""The verdict: the best trial, how sure that is, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.info.summary import SummaryInfo, summary_info
from cnnsearch.report.view import View

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, SummaryInfo] = View(
    name="summary",
    title="Summary",
    lead=lambda info: f"Which trial is best by {info.metric}, how sure is that, and what does it cost?",
    info=summary_info,
    template="summary.html.jinja",
)
