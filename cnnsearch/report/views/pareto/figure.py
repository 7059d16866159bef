"""Value against cost, and the front that no trial beats."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.dots import Dot, dots
from cnnsearch.report.drawing.style import INK, MUTED, bare, framed_axis, grid, label, panel
from cnnsearch.report.views.pareto.info import COSTS, Front, ParetoInfo

__all__ = ["pareto_figure", "pareto_width"]

_SCALES = {
    "latency_seconds": (1e3, "latency of one picture (ms)"),
    "parameters": (1.0, "parameters"),
    "model_bytes": (1e-6, "size of the model (MB)"),
    "training_seconds": (1.0, "training and validation (s)"),
}
"""Cost -> factor to the unit of its axis, title of that."""

_COLUMNS = 2


def pareto_width(info: ParetoInfo) -> int:
    """Pixels below which two panels side by side cannot be read."""
    return 330 * min(_COLUMNS, len(info.fronts))


def pareto_figure(info: ParetoInfo) -> go.Figure:
    """The objective against latency, parameters, bytes and training seconds, with the fronts."""
    if not info.fronts:
        return bare(320)
    columns = min(_COLUMNS, len(info.fronts))
    figure = grid(len(info.fronts), columns, 330)
    for place, front in enumerate(info.fronts):
        for trace in _traces(info, front, legend=place == 0):
            figure.add_trace(trace, **panel(place, columns))
        figure.update_xaxes(
            title_text=_SCALES[front.cost][1], type="log" if front.log else "linear", **panel(place, columns)
        )
        shown = framed_axis(label(info.metric), [each.value for each in front.candidates], info.frame)
        figure.update_yaxes(**shown, **panel(place, columns))
    return figure


def _traces(info: ParetoInfo, front: Front, legend: bool) -> list[go.Scatter]:
    factor = _SCALES[front.cost][0]
    # In steps: between two trials of the front the value of the cheaper one is what can be had.
    line = go.Scatter(
        x=[factor * each.cost for each in front.front],
        y=[each.value for each in front.front],
        mode="lines",
        line={"shape": "hv", "color": INK, "width": 1.5},
        name="front",
        legendgroup="front",
        showlegend=legend,
        hoverinfo="skip",
    )
    points = [Dot(each.trial, each.state, factor * each.cost, each.value) for each in front.candidates]
    hover = f"{COSTS[front.cost]} %{{x:,.3r}}<br>{label(info.metric)} %{{text}}"
    return [
        line,
        *_spread(front, factor),
        *dots(points, info.best, hover, legend, frame=info.frame, pictures=info.pictures),
    ]


def _spread(front: Front, factor: float) -> list[go.Scatter]:
    """Between which measurements the costs of the front lie, where they were measured."""
    spread = [each for each in front.front if each.low < each.high]
    if not spread:
        return []
    bars = {
        "array": [factor * (each.high - each.cost) for each in spread],
        "arrayminus": [factor * (each.cost - each.low) for each in spread],
        "color": MUTED,
        "thickness": 1,
        "width": 3,
    }
    return [
        go.Scatter(
            x=[factor * each.cost for each in spread],
            y=[each.value for each in spread],
            error_x=bars,
            mode="markers",
            marker={"opacity": 0},
            showlegend=False,
            hoverinfo="skip",
        )
    ]
