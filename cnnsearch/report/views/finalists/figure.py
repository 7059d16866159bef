"""Finalists on their fresh seeds."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, INK, MUTED, PAPER, bare, hovered, label, tip
from cnnsearch.report.statistics.finalists import FinalistRow, FinalistsInfo

__all__ = ["finalists_figure"]


def finalists_figure(info: FinalistsInfo) -> go.Figure:
    """The best trials on fresh seeds, one row each: its runs, their mean, and what the search had promised."""
    rows = list(reversed(info.rows))
    figure = bare(130 + 52 * len(rows), margin={"l": 90, "r": 16, "t": 12, "b": 44})
    ends = [
        value for row in rows for value in (row.search, row.mean, row.low, row.high, *row.runs) if value is not None
    ]
    ends = ends or [0.0]  # no run gave a value, and the record tells none of the search
    room = 0.04 * ((max(ends) - min(ends)) or 1.0)
    figure.update_xaxes(title_text=label(info.metric), range=[min(ends) - room, max(ends) + room])
    names = [_name(info, row) for row in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=False)
    with_mean = [(place, row) for place, row in enumerate(rows) if row.mean is not None]
    told = [(place, row) for place, row in with_mean if row.low is not None and row.high is not None]
    for place, row in told:
        figure.add_scatter(
            x=[row.low, row.high],
            y=[place, place],
            mode="lines",
            line={"color": FAINT, "width": 9},
            name="95% interval of the mean",
            showlegend=place == told[0][0],
            legendgroup="interval",
            hoverinfo="skip",
        )
    runs = [(place, run, value) for place, row in enumerate(rows) for run, value in enumerate(row.runs)]
    runs = [(place, run, value) for place, run, value in runs if value is not None]
    _add(
        figure,
        "one fresh seed",
        [(value, place + 0.18 * ((run % 3) - 1), f"run {run}") for place, run, value in runs],
        rows,
        {"color": FILL, "size": 7, "opacity": 0.8},
        info.validation,
    )
    _add(
        figure,
        "the search's value",
        [(row.search, place, "in the search") for place, row in enumerate(rows)],
        rows,
        {"color": PAPER, "symbol": "diamond", "size": 10, "line": {"color": MUTED, "width": 1.6}},
        info.validation,
    )
    _add(
        figure,
        "mean",
        [(row.mean, place, "mean") for place, row in with_mean],
        rows,
        {"color": INK, "symbol": "line-ns", "size": 18, "line": {"color": INK, "width": 2.5}},
        info.validation,
    )
    return figure


def _add(
    figure: go.Figure,
    name: str,
    points: list[tuple[float | None, float, str]],
    rows: list[FinalistRow],
    marker: dict[str, object],
    pictures: int,
) -> None:
    figure.add_scatter(
        x=[x for x, _, _ in points],
        y=[y for _, y, _ in points],
        mode="markers",
        marker=marker,
        name=name,
        text=[f"{tip(f'trial {rows[round(y)].trial}', rows[round(y)].config)}<br>{what}" for _, y, what in points],
        customdata=[rows[round(y)].trial for _, y, _ in points],
        hovertemplate=f"%{{text}}: {hovered('x', pictures)}<extra></extra>",
        cliponaxis=False,
    )


def _name(info: FinalistsInfo, row: FinalistRow) -> str:
    note = "winner" if row.trial == info.winner else "not separable" if row.tied else ""
    return f"trial {row.trial}" + (f"<br>{note}" if note else "")
