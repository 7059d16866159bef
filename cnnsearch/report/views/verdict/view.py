"""The verdict, the first thing on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.verdict.info import VerdictInfo, verdict_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, VerdictInfo] = View(
    name="verdict",
    title="Verdict",
    lead=lambda info: (
        f"Which trial is best by {info.metric}, how sure is that, and what must be known before trusting it?"
    ),
    info=verdict_info,
    template=Path(__file__).with_name("template.html.jinja"),
)
