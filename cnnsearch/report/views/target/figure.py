"""Several studies on their way to a target."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.compared import add_line
from cnnsearch.report.drawing.style import MUTED, bare, hovered, label
from cnnsearch.report.views.target.info import TargetInfo

__all__ = ["target_figure"]


def target_figure(info: TargetInfo) -> go.Figure:
    """Best value so far of several studies over their time, and the best value that all of them reached."""
    figure = bare(380)
    figure.update_xaxes(title_text="minutes from the first proposal", rangemode="tozero")
    figure.update_yaxes(title_text=label(info.metric), type="log" if info.log else "linear")
    for place, study in enumerate(info.studies):
        x, y = [minutes for minutes, _ in study.line], [value for _, value in study.line]
        add_line(figure, place, study.name, x, y, "hv", f"{hovered('y', info.pictures)} after %{{x:.2f}} min")
    if info.target is not None:
        last = max(study.line[-1][0] for study in info.studies)
        figure.add_scatter(
            x=[0, last],
            y=[info.target, info.target],
            mode="lines",
            line={"color": MUTED, "width": 1, "dash": "dot"},
            name="target",
            hovertemplate=f"target {hovered('y', info.pictures)}<extra></extra>",
        )
    return figure
