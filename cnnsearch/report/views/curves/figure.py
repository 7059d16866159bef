"""Learning curves."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, MARKERS, PAPER, STATES, bare, framed_axis, hovered, label, tip, whole
from cnnsearch.report.statistics.outcome import OUTCOMES
from cnnsearch.report.views.curves.info import Curve, CurvesInfo

__all__ = ["curves_figure"]

_WIDTHS = {"COMPLETED": 1.4, "STOPPED": 1.3, "FAILED": 1.4, "INTERRUPTED": 1.4, "RUNNING": 1.4}
_DASHES = {"COMPLETED": "solid", "STOPPED": "solid", "FAILED": "dot", "INTERRUPTED": "dash", "RUNNING": "solid"}
_OPACITIES = {"COMPLETED": 0.75, "STOPPED": 0.8, "FAILED": 0.9, "INTERRUPTED": 0.9, "RUNNING": 0.9}


def curves_figure(info: CurvesInfo) -> go.Figure:
    """The objective by epoch, one line a trial; of many trials the best and an even sample of the others."""
    figure = bare(420)
    last = max((epoch for curve in info.curves for epoch in curve.epochs), default=1)
    figure.update_xaxes(title_text="epoch", range=[0.8, last + 0.2], **whole(last))
    values = [value for curve in info.curves for value in curve.values if value is not None]
    axis = {**framed_axis("", values, info.frame), "title_text": label(info.metric)}  # lines that leave it say so
    figure.update_yaxes(type="log" if info.log else "linear", **axis)
    others = [curve for curve in info.curves if curve.trial != info.best]
    hidden = [curve for curve in others if curve.trial not in info.top]
    shown = [curve for curve in others if curve.trial in info.top]
    for curves, is_shown in ((hidden, False), (shown, True)):
        # Beside hidden ones, those that are shown are one group of the legend, however they ended.
        group = f"best {len(info.top)}" if hidden and is_shown else None
        for state in reversed(OUTCOMES):
            for curve in (curve for curve in curves if curve.state == state):
                figure.add_trace(_line(info, curve, group or state.lower(), is_shown))
    for name in {trace.legendgroup for trace in figure.data}:
        next(trace for trace in figure.data if trace.legendgroup == name).showlegend = True
    best = next((curve for curve in info.curves if curve.trial == info.best), None)
    if best is not None:
        figure.add_trace(_best(info, best))
    return figure


def _line(info: CurvesInfo, curve: Curve, group: str, is_shown: bool) -> go.Scatter:
    # A curve of one epoch has no line; a trial that did not come to its end shows where it is.
    marked = len(curve.epochs) == 1 or curve.state in ("FAILED", "INTERRUPTED", "RUNNING")
    return go.Scatter(
        x=curve.epochs,
        y=curve.values,
        customdata=[curve.trial],
        mode="lines+markers" if marked else "lines",
        line={"color": STATES[curve.state], "width": _WIDTHS[curve.state], "dash": _DASHES[curve.state]},
        marker={
            "symbol": MARKERS[curve.state],
            "size": [0] * (len(curve.epochs) - 1) + [7],
            "line": {"width": 1, "color": STATES[curve.state]},
        },
        opacity=_OPACITIES[curve.state],
        name=group,
        legendgroup=group,
        showlegend=False,
        visible=True if is_shown else "legendonly",
        meta=[tip(f"trial {curve.trial}, {curve.state.lower()}", curve.config)],
        hovertemplate=_hover(info),
    )


def _best(info: CurvesInfo, curve: Curve) -> go.Scatter:
    return go.Scatter(
        x=curve.epochs,
        y=curve.values,
        customdata=[curve.trial],
        mode="lines+markers",
        line={"color": INK, "width": 3},
        marker={
            "symbol": "star",
            "size": [15 if epoch == info.best_epoch else 0 for epoch in curve.epochs],
            "opacity": 1,
            "line": {"color": PAPER, "width": 1},
        },
        name=f"best (trial {curve.trial})",
        meta=[tip(f"trial {curve.trial}, the best, {curve.state.lower()}", curve.config)],
        hovertemplate=_hover(info),
    )


def _hover(info: CurvesInfo) -> str:
    return f"%{{meta[0]}}<br>epoch %{{x}}: {label(info.metric)} {hovered('y', info.pictures)}<extra></extra>"
