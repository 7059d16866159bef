"""Calibration curve."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, MUTED, bare
from cnnsearch.report.numbers import score
from cnnsearch.tasks.labelled.views.calibration.info import Bin, CalibrationInfo

__all__ = ["calibration_figure", "confidences_figure"]


def calibration_figure(info: CalibrationInfo) -> go.Figure:
    """How often the best trial is right, over the probability that it gives, with 95% intervals."""
    figure = bare(340)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": MUTED, "width": 1, "dash": "dot"},
        name="as sure as right",
        hoverinfo="skip",
    )
    bins = info.bins
    figure.add_scatter(
        x=[each.confidence for each in bins],
        y=[each.accuracy for each in bins],
        error_y={
            "array": [each.interval.high - each.accuracy for each in bins],
            "arrayminus": [each.accuracy - each.interval.low for each in bins],
            "color": FILL,
            "thickness": 1.2,
            "width": 4,
        },
        mode="lines+markers",
        line={"color": FILL, "width": 2},
        marker={"color": FILL, "size": 8},
        name="this model",
        hovertext=[_text(each) for each in bins],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.update_xaxes(title_text="probability that the model gives", range=[-0.02, 1.02])
    figure.update_yaxes(title_text="share that is right", range=[-0.02, 1.02])
    return figure


def _text(one: Bin) -> str:
    told = (one.confidence, one.accuracy, one.interval.low, one.interval.high)
    mean, right, low, high = (score(value, one.pictures) for value in told)
    return (
        f"probability {one.low:.1f} to {one.high:.1f}: {one.pictures:,} pictures<br>mean {mean}"
        f"<br>right {right} ({low} to {high})"
    )


def confidences_figure(info: CalibrationInfo) -> go.Figure:
    """How many pictures the best trial gives which probability."""
    figure = bare(340, bargap=0.05, showlegend=False)
    figure.add_bar(
        x=[(each.low + each.high) / 2 for each in info.bins],
        y=[each.pictures for each in info.bins],
        width=[each.high - each.low - 0.01 for each in info.bins],
        marker={"color": FAINT},
        hovertemplate="%{y:,} pictures<extra></extra>",
    )
    figure.update_xaxes(title_text="probability that the model gives", range=[-0.02, 1.02])
    figure.update_yaxes(title_text="validation pictures")
    return figure
