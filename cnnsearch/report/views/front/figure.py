"""How the hypervolume of the front grew."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, bare, hovered
from cnnsearch.report.views.front.info import FrontInfo

__all__ = ["hypervolume_by_time", "hypervolume_by_trial"]


def hypervolume_by_trial(info: FrontInfo) -> go.Figure:
    """The hypervolume of the front, over the trials that had ended."""
    return _figure(info, [float(each.trials) for each in info.growth], "trials that had ended")


def hypervolume_by_time(info: FrontInfo) -> go.Figure:
    """The hypervolume of the front, over the minutes from the first proposal."""
    return _figure(info, [each.minutes for each in info.growth], "minutes from the first proposal")


def _figure(info: FrontInfo, places: list[float], title: str) -> go.Figure:
    figure = bare(300, showlegend=False)
    figure.update_xaxes(title_text=title, rangemode="tozero")
    figure.update_yaxes(title_text="hypervolume", range=[0, 1.03])
    figure.add_scatter(
        x=places,
        y=[each.volume for each in info.growth],
        mode="lines+markers",
        line={"shape": "hv", "color": INK, "width": 2},
        marker={"color": INK, "size": 5},
        hovertemplate=f"{hovered('y', info.pictures)}<extra></extra>",
    )
    return figure
