"""Parallel coordinates, drawn as plain lines: plotly's own need WebGL."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import GRID, INK, MUTED, PAPER, SHADES, STATES, bare, broken, label, shade, tip
from cnnsearch.report.numbers import compact, score
from cnnsearch.report.views.parallel.info import INACTIVE, Line, ParallelInfo

__all__ = ["parallel_figure", "parallel_width"]


def parallel_width(info: ParallelInfo) -> int:
    """Pixels below which the labels of the axes run into each other."""
    return 104 * len(info.axes) + 90


def parallel_figure(info: ParallelInfo) -> go.Figure:
    """Each trial as a line through its parameters to its objective."""
    figure = bare(440, margin={"l": 56, "r": 24, "t": 64, "b": 4}, showlegend=False)
    # The page lets the reader draw ranges on the axes; there is nothing to zoom.
    figure.update_layout(dragmode="select", meta={"parallel": True, "axes": [axis.name for axis in info.axes]})
    last = len(info.axes) - 1
    figure.update_xaxes(visible=False, range=[-0.35, last + 0.25], fixedrange=True)
    figure.update_yaxes(visible=False, range=[INACTIVE - 0.07, 1.06], fixedrange=True)
    for line in info.lines:
        figure.add_trace(_line(info, line, best=line.trial == info.best))
    figure.update_layout(**_axes(info))
    if info.shades:
        figure.add_trace(_colour_bar(info.shades))
    return figure


def _line(info: ParallelInfo, line: Line, best: bool) -> go.Scatter:
    value = "no value" if line.value is None else f"{label(info.metric)} {score(line.value, info.pictures)}"
    failed = line.shade is None
    return go.Scatter(
        x=list(range(len(line.positions))),
        y=line.positions,
        customdata=[line.trial],
        mode="lines",
        line={
            "color": STATES["FAILED"] if line.shade is None else shade(line.shade),
            "width": 4 if best else 1.5,
            "dash": "dot" if failed else "solid",
        },
        opacity=1 if best else 0.75,
        hovertemplate="%{meta[0]}<extra></extra>",
        meta=[f"{tip(f'trial {line.trial}, {line.state.lower()}', line.config)}<br>{value}"],
        hoveron="points",
    )


def _axes(info: ParallelInfo) -> dict[str, list[dict[str, Any]]]:
    """Lines and labels of the axes, for the layout: added one by one, each would validate all before it again."""
    shapes: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for x, axis in enumerate(info.axes):
        shapes.append({"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": {"color": MUTED, "width": 1}})
        name = {"text": f"<b>{broken(axis.name, 14)}</b>", "yanchor": "bottom", "font": {"color": INK}}
        annotations.append({"x": x, "y": 1.04, "showarrow": False, **name})
        annotations += [_mark(x, place, text) for place, text in axis.ticks]
        below = "no value" if x == len(info.axes) - 1 else "inactive" if axis.conditional else None
        if below and any(line.positions[x] == INACTIVE for line in info.lines):
            ends = {"x0": x - 0.08, "x1": x + 0.08, "y0": INACTIVE, "y1": INACTIVE}
            shapes.append({"type": "line", **ends, "line": {"color": GRID, "width": 3}})
            annotations.append(_mark(x, INACTIVE, below))
    return {"shapes": shapes, "annotations": annotations}


def _mark(x: int, y: float, text: str) -> dict[str, Any]:
    short = text if len(text) <= 14 else text[:13] + "…"
    return {
        "x": x,
        "y": y,
        "text": label(short),
        "hovertext": label(text),
        "showarrow": False,
        "xanchor": "right",
        "xshift": -4,
        "bgcolor": PAPER,
        "opacity": 0.85,
        "borderpad": 1,
        "font": {"size": 11, "color": INK},
    }


def _colour_bar(shades: tuple[float, float]) -> go.Scatter:
    """A trace without points, which carries the colour bar."""
    last = len(SHADES) - 1
    return go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        marker={
            "color": [0.0],
            "cmin": 0.0,
            "cmax": 1.0,
            "colorscale": [[index / last, colour] for index, colour in enumerate(SHADES)],
            "showscale": True,
            "colorbar": {
                "thickness": 10,
                "len": 0.8,
                "outlinewidth": 0,
                "tickvals": [0.0, 1.0],
                "ticktext": [f"{compact(shades[0])}<br>or worse", compact(shades[1])],
                "tickfont": {"color": MUTED, "size": 11},
            },
        },
    )
