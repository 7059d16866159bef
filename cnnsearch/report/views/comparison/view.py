"""The best trials of several studies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.comparison.info import ComparisonInfo, comparison_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Sequence[Study], ComparisonInfo] = View(
    name="comparison",
    title="Comparison",
    lead=lambda _: (
        "Which study found the best model? Each row is the winner of one study; the interval says how far its "
        "value can be trusted, and two studies whose intervals overlap widely may well be equally good. Its name leads "
        "to its own report."
    ),
    info=comparison_info,
    template=Path(__file__).with_name("template.html.jinja"),
)
