"""Precision over recall."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import bare, label
from cnnsearch.tasks.detection.views.box_precision_recall.info import PrecisionRecallInfo

__all__ = ["box_precision_recall_figure"]


def box_precision_recall_figure(info: PrecisionRecallInfo) -> go.Figure:
    """Precision of the best trial at each recall, a line a class, at an overlap of 0.5."""
    figure = bare(360)
    for each in info.curves:
        figure.add_trace(
            go.Scatter(
                x=list(each.recall),
                y=list(each.precision),
                mode="lines",
                line={"shape": "hv", "width": 1.5},
                name=f"{label(each.name)} {each.map50:.3f}",
                hovertemplate=f"{label(each.name)}<br>recall %{{x:.3f}}<br>precision %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title_text="recall", range=[0, 1.02])
    figure.update_yaxes(title_text="precision", range=[0, 1.03])
    figure.update_layout(showlegend=True)
    return figure
