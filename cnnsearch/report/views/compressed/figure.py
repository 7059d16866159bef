"""The metric of the compressed models against what they take."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from cnnsearch.report.drawing.names import places_of_names
from cnnsearch.report.drawing.style import FILL, INK, MUTED, bare, hovered, label
from cnnsearch.report.views.compressed.info import CompressedInfo, CompressedRow

__all__ = ["compressed_by_bytes", "compressed_by_latency"]


_EDGE = 0.06
"""Share of an axis that Plotly leaves free beyond the last point."""


def compressed_by_bytes(info: CompressedInfo) -> go.Figure:
    """The metric of the float model and the compressed ones over their bytes on disk, with the front."""
    return _figure(info, "bytes", lambda row: row.bytes / 1e3, "size of the file (KB)")


def compressed_by_latency(info: CompressedInfo) -> go.Figure:
    """The metric of the float model and the compressed ones over their latency on one thread, with the front."""
    return _figure(info, "latency", lambda row: row.latency, "latency of one picture on one thread (ms)")


def _figure(info: CompressedInfo, front: str, cost: Callable[[CompressedRow], float | None], title: str) -> go.Figure:
    figure = bare(320, showlegend=False)
    figure.update_xaxes(title_text=title, rangemode="tozero")
    figure.update_yaxes(title_text=label(info.metric))
    told = [(cost(row), row) for row in info.rows if row.metric.value is not None]
    points = sorted(((at, row) for at, row in told if at is not None), key=lambda point: point[0])
    places = _places(points, info, front)
    best = [(at, row) for at, row in points if front in row.on_front]
    figure.add_scatter(
        x=[at for at, _ in best],
        y=[row.metric.value for _, row in best],
        mode="lines",
        line={"shape": "hv", "color": INK, "width": 1.5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[at for at, _ in points],
        y=[row.metric.value for _, row in points],
        error_y=_intervals([row for _, row in points]),
        mode="markers+text",
        marker={
            "color": [INK if row.is_float else FILL for _, row in points],
            "size": 9,
            "symbol": ["star" if row.name in info.chosen_names else "circle" for _, row in points],
        },
        text=["" if place is None else label(row.name) for place, (_, row) in zip(places, points, strict=True)],
        textposition=[place or "top center" for place in places],
        hovertext=[label(row.name) for _, row in points],
        hovertemplate=f"%{{hovertext}}: %{{x:,.3r}}, {hovered('y', info.pictures)}<extra></extra>",
    )
    return figure


def _places(points: list[tuple[float, CompressedRow]], info: CompressedInfo, front: str) -> list[str | None]:
    """Room for the names of the chosen ones and the float model first, then for those of the front."""
    ends = [end for _, row in points for end in (row.metric.value, row.metric.low, row.metric.high) if end is not None]
    if not ends:
        return []
    room = (1 - 2 * _EDGE) / ((max(ends) - min(ends)) or 1.0)
    return places_of_names(
        [row.name for _, row in points],
        [at / (points[-1][0] or 1.0) * (1 - _EDGE) for at, _ in points],
        [_EDGE + (_value(row) - min(ends)) * room for _, row in points],
        sorted(range(len(points)), key=lambda number: _behind(points[number][1], info, front)),
    )


def _value(row: CompressedRow) -> float:
    assert row.metric.value is not None
    return row.metric.value


def _behind(row: CompressedRow, info: CompressedInfo, front: str) -> tuple[bool, bool, bool]:
    return row.name not in info.chosen_names, not row.is_float, front not in row.on_front


def _intervals(rows: list[CompressedRow]) -> dict[str, object]:
    up, down = [], []
    for row in rows:
        value, low, high = row.metric.value, row.metric.low, row.metric.high
        known = value is not None and low is not None and high is not None
        up.append(high - value if known else 0.0)  # type: ignore[operator]
        down.append(value - low if known else 0.0)  # type: ignore[operator]
    return {"array": up, "arrayminus": down, "color": MUTED, "thickness": 1, "width": 3}
