"""Training against validation."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.dots import Dot, dots
from cnnsearch.report.drawing.style import FILL, INK, MUTED, PAPER, STATES, bare, hovered, label, whole
from cnnsearch.report.views.gap.info import GapInfo
from cnnsearch.tasks.contract.metrics import aim_of

__all__ = ["both_curves_figure", "gap_figure"]


def gap_figure(info: GapInfo) -> go.Figure:
    """Validation over training, one point a trial; on the line both are equal."""
    figure = bare(360)
    both = [number for point in info.points for number in (point.training, point.validation)] or [0.0, 1.0]
    low, high = min(both), max(both)
    room = 0.04 * ((high - low) or 1.0)
    figure.add_scatter(
        x=[low - room, high + room],
        y=[low - room, high + room],
        mode="lines",
        line={"color": MUTED, "width": 1, "dash": "dot"},
        name="no gap",
        hoverinfo="skip",
    )
    points = [Dot(point.trial, point.state, point.training, point.validation) for point in info.points]
    hover = f"{label(info.metric)} in training {hovered('x', info.pictures)}<br>in validation %{{text}}"
    figure.add_traces(dots(points, info.best.trial if info.best else None, hover, pictures=info.pictures))
    figure.update_xaxes(title_text=f"{label(info.metric)} in training", range=[low - room, high + room])
    figure.update_yaxes(title_text=label(aim_of(info.metric)), range=[low - room, high + room])
    return figure


def both_curves_figure(info: GapInfo) -> go.Figure:
    """Losses of the best trial by epoch."""
    figure = bare(360)
    curves = info.curves
    if curves is None:
        return figure
    for values, name, colour, dash in (
        (curves.loss, "loss in training", STATES["STOPPED"], "dash"),
        (curves.val_loss, "loss in validation", FILL, "solid"),
    ):
        figure.add_scatter(
            x=curves.epochs,
            y=values,
            customdata=[curves.trial],
            mode="lines" if len(curves.epochs) > 1 else "markers",
            line={"color": colour, "width": 2, "dash": dash},
            name=name,
            hovertemplate=f"epoch %{{x}}: {name} {hovered('y', info.pictures)}<extra></extra>",
        )
    place = curves.epochs.index(curves.best_epoch) if curves.best_epoch in curves.epochs else None
    if place is not None:
        figure.add_scatter(
            x=[curves.best_epoch],
            y=[curves.val_loss[place]],
            mode="markers",
            marker={"symbol": "star", "size": 14, "color": INK, "line": {"color": PAPER, "width": 1}},
            name="weights kept",
            hovertemplate="epoch %{x}, whose weights were kept<extra></extra>",
        )
    figure.update_xaxes(title_text="epoch", **whole(curves.epochs[-1]))
    figure.update_yaxes(title_text=f"trial {curves.trial}: loss", rangemode="tozero")
    return figure
