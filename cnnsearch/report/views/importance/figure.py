"""Importance of the parameters."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.shares import shares_figure
from cnnsearch.report.drawing.style import INK, label
from cnnsearch.report.numbers import percent
from cnnsearch.report.views.importance.info import Importance, ImportanceInfo

__all__ = ["importance_figure"]


def importance_figure(info: ImportanceInfo) -> go.Figure:
    """Importance of the parameters by PED-ANOVA, with what chance alone would reach."""
    rows = list(reversed(info.parameters))
    figure = shares_figure(rows, lambda row: _text(info, row))
    # With few trials chance may reach far more than all shares together: an arrow at the edge stands for that.
    edge = 1.02 * max(max(row.high, 1.08 * row.share) for row in rows)
    for symbol, size, beyond in (("line-ns-open", 17, False), ("triangle-right", 10, True)):
        some = [(place, row) for place, row in enumerate(rows) if (row.chance > edge) == beyond]
        figure.add_scatter(
            x=[min(row.chance, edge) for _, row in some],
            y=[place for place, _ in some],
            mode="markers",
            marker={"symbol": symbol, "size": size, "color": INK, "line": {"width": 0 if beyond else 2}},
            name="what chance reaches",
            showlegend=not beyond,
            hovertext=[_text(info, row) for _, row in some],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_xaxes(title_text="share of the importance", tickformat=".0%", range=[0, 1.04 * edge])
    return figure


def _text(info: ImportanceInfo, row: Importance) -> str:
    return "<br>".join(
        [
            f"<b>{label(row.name)}</b>",
            f"share {percent(row.share)}, 95% interval {percent(row.low)} to {percent(row.high)}",
            f"chance alone reaches {percent(row.chance) if row.chance < 1 else 'more than that'} once in twenty",
            f"active in {row.trials} of {info.trials} trials",
        ]
    )
