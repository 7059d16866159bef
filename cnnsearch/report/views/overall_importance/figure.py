"""Importance of the parameters over all trials."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.shares import shares_figure
from cnnsearch.report.drawing.style import label
from cnnsearch.report.numbers import percent
from cnnsearch.report.statistics.overall_importance import OverallImportance, OverallImportanceInfo

__all__ = ["overall_importance_figure"]


def overall_importance_figure(info: OverallImportanceInfo) -> go.Figure:
    """Permutation importance over all trials, with 95% intervals."""
    figure = shares_figure(list(reversed(info.parameters)), lambda row: _text(info, row))
    figure.update_xaxes(title_text="error over variance", tickformat=".0%", rangemode="tozero")
    return figure


def _text(info: OverallImportanceInfo, row: OverallImportance) -> str:
    return "<br>".join(
        [
            f"<b>{label(row.name)}</b>",
            f"adds {percent(row.share)} of the variance",
            f"95% interval {percent(row.low)} to {percent(row.high)}",
            f"active in {row.trials} of {info.trials} trials",
        ]
    )
