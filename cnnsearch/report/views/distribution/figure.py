"""Distribution of the results of several studies."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.compared import add_line
from cnnsearch.report.drawing.style import bare, hovered, label
from cnnsearch.report.views.distribution.info import DistributionInfo

__all__ = ["distribution_figure"]


def distribution_figure(info: DistributionInfo) -> go.Figure:
    """Share of each study's trials that are at least so good, over the objective."""
    figure = bare(380)
    figure.update_xaxes(title_text=label(info.metric), type="log" if info.log else "linear")
    figure.update_yaxes(title_text="share of the trials at least so good", tickformat=".0%", range=[0, 1.03])
    hover = f"%{{y:.1%}} reach {hovered('x', info.pictures)}"
    for place, study in enumerate(info.studies):
        number = len(study.values)
        shares = [(rank + 1) / number for rank in range(number)]
        # Up to the value of rank k, counted from the best, (k + 1) / n of the trials are at least so good.
        add_line(figure, place, study.name, study.values, shares, "vh", hover)
    return figure
