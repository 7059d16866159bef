"""Each parameter against the objective."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from cnnsearch.report.drawing.dots import Dot, dots
from cnnsearch.report.drawing.style import INK, STATES, bare, broken, framed_axis, grid, label, panel, shortened
from cnnsearch.report.numbers import compact, score
from cnnsearch.report.views.slices.info import Slice, SlicesInfo

__all__ = ["slices_figure", "slices_width"]

_COLUMNS = 3


def slices_width(info: SlicesInfo) -> int:
    """Pixels below which the panels of a row cannot be read."""
    return 250 * min(_COLUMNS, len(info.slices))


def slices_figure(info: SlicesInfo) -> go.Figure:
    """Each parameter against the objective, with an alarm where the best stand at an edge."""
    if not info.slices:
        return bare(280)
    columns = min(_COLUMNS, len(info.slices))
    figure = grid(len(info.slices), columns, 280)
    for place, each in enumerate(info.slices):
        where = panel(place, columns)
        for trace in _traces(info, each, legend=place == 0):
            figure.add_trace(trace, **where)
        for edge in each.edges:
            figure.add_vline(edge.bound if not each.options else _end(each, edge.side), line=_ALARM, **where)
        title = f"<b>{broken(each.name, 26)}</b>" + (" (at its edge)" if each.edges else "")
        figure.update_xaxes(title_text=title, type="log" if each.log else "linear", **_ticks(each), **where)
        shown = framed_axis(label(info.metric), [point.value for point in each.points], info.frame)
        if place % columns:
            shown.pop("title_text")
        figure.update_yaxes(type="log" if info.log else "linear", **shown, **where)
    return figure


def _ticks(each: Slice) -> dict[str, object]:
    if each.options:
        texts = [label(shortened(text, 10)) for text in each.options]
        return {"tickvals": list(range(len(texts))), "ticktext": texts}
    if each.whole:
        return {"dtick": 1, "tickformat": "d"}
    if not each.log:
        return {"exponentformat": "e", "minexponent": 4}
    values = [point.x for point in each.points]
    low, high = math.log10(min(values)), math.log10(max(values))
    factors = (1,) if high - low >= 1.5 else (1, 2, 5)
    marks = [factor * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for factor in factors]
    return {"tickvals": marks, "ticktext": [compact(mark) for mark in marks]}


_ALARM = {"color": STATES["FAILED"], "width": 2, "dash": "dash"}


def _end(each: Slice, side: str) -> float:
    """Place of an option at the end of those in order; they are listed in the order of the file."""
    numbers = [float(text) for text in each.options]
    return float(numbers.index(min(numbers) if side == "lower" else max(numbers)))


def _traces(info: SlicesInfo, each: Slice, legend: bool) -> list[go.Scatter]:
    points = [Dot(point.trial, point.state, point.x, point.value) for point in each.points]
    value = "%{x}" if each.options else "%{x:.4g}"
    hover = f"{label(each.name)} {value}<br>{label(info.metric)} %{{text}}"
    groups = each.groups
    middle = go.Scatter(
        x=[_middle(each, group.low, group.high) for group in groups],
        y=[group.median for group in groups],
        error_y={
            "array": [group.three_quarters - group.median for group in groups],
            "arrayminus": [group.median - group.quarter for group in groups],
            "color": INK,
            "thickness": 1,
            "width": 3,
        },
        mode="markers" if each.options else "lines+markers",
        line={"color": INK, "width": 1.5},
        marker={"color": INK, "size": 10, "symbol": "line-ew-open", "line": {"width": 2}},
        name="median and quartiles",
        legendgroup="median",
        showlegend=legend,
        hovertext=[
            f"{group.trials} trials<br>median {score(group.median, info.pictures)}<br>middle half "
            f"{score(group.quarter, info.pictures)} to {score(group.three_quarters, info.pictures)}"
            for group in groups
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    return [*dots(points, info.best, hover, legend, size=5, frame=info.frame, pictures=info.pictures), middle]


def _middle(each: Slice, low: float, high: float) -> float:
    return (low * high) ** 0.5 if each.log else (low + high) / 2
