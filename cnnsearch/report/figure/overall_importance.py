"""Importance of the parameters over all trials."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.figure.style import FAINT, FILL, INK, bare, label
from cnnsearch.report.info.overall_importance import OverallImportance, OverallImportanceInfo
from cnnsearch.report.numbers import percent

__all__ = ["overall_importance_figure"]


def overall_importance_figure(info: OverallImportanceInfo) -> go.Figure:
    rows = list(reversed(info.parameters))
    places = list(range(len(rows)))
    figure = bare(90 + 32 * len(rows), legend={"traceorder": "normal"})
    for name, colour, beyond in (("beyond chance", FILL, True), ("may be chance", FAINT, False)):
        some = [(place, row) for place, row in enumerate(rows) if row.beyond_chance == beyond]
        figure.add_bar(
            x=[max(0.0, row.share) for _, row in some],
            y=[place for place, _ in some],
            orientation="h",
            marker={"color": colour},
            width=0.62,
            name=name,
            error_x={
                "array": [max(0.0, row.high - max(0.0, row.share)) for _, row in some],
                "arrayminus": [max(0.0, row.share) - max(0.0, row.low) for _, row in some],
                "color": INK,
                "thickness": 1.2,
                "width": 4,
            },
            hovertext=[_text(info, row) for _, row in some],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_xaxes(title_text="error added, over the variance", tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(
        tickvals=places, ticktext=[f"{label(row.name)}  {percent(max(0.0, row.share))}" for row in rows], showgrid=False
    )
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
