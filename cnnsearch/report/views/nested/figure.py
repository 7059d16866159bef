"""The outer folds of nested cross-validation."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, INK, MUTED, PAPER, bare, hovered, label
from cnnsearch.report.views.nested.info import NestedInfo

__all__ = ["nested_figure"]


def nested_figure(info: NestedInfo) -> go.Figure:
    """What each search promised, and what its winner gave on the outer fold that it never saw; the mean over these."""
    rows = list(reversed(info.rows))
    figure = bare(110 + 34 * len(rows), margin={"l": 90, "r": 16, "t": 12, "b": 44})
    ends = [number for row in rows for number in (row.value, row.promised)]
    ends += [number for number in (info.low, info.high) if number is not None]
    ends = ends or [0.0]
    room = 0.04 * ((max(ends) - min(ends)) or 1.0)
    figure.update_xaxes(title_text=label(info.metric), range=[min(ends) - room, max(ends) + room])
    names = [f"outer fold {row.fold}" for row in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=False)
    if info.low is not None and info.high is not None:
        figure.add_vrect(x0=info.low, x1=info.high, fillcolor=FAINT, opacity=0.5, line_width=0, layer="below")
        figure.add_vline(x=info.mean, line={"color": INK, "width": 2})
    for name, numbers, marker in (
        (
            "what the search promised",
            [row.promised for row in rows],
            {"color": PAPER, "symbol": "diamond", "size": 10, "line": {"color": MUTED, "width": 1.6}},
        ),
        ("on the outer fold", [row.value for row in rows], {"color": FILL, "size": 10}),
    ):
        figure.add_scatter(
            x=numbers,
            y=list(range(len(rows))),
            mode="markers",
            marker=marker,
            name=name,
            text=[f"outer fold {row.fold}, trial {row.trial} of its search" for row in rows],
            hovertemplate=f"%{{text}}<br>{name}: {hovered('x', info.pictures)}<extra></extra>",
            cliponaxis=False,
        )
    return figure
