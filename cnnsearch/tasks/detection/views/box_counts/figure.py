"""Boxes told over boxes that there are."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FILL, INK, bare
from cnnsearch.tasks.detection.views.box_counts.info import BoxCountsInfo

__all__ = ["box_counts_figure"]

_LARGEST = 30
"""Pixels across of the dot of the most pictures."""


def box_counts_figure(info: BoxCountsInfo) -> go.Figure:
    """Boxes that the best trial told of a picture over those that it has; dots are as large as there are pictures."""
    figure = bare(320)
    most = max(pair.pictures for pair in info.pairs)
    end = max(max(pair.there, pair.told) for pair in info.pairs)
    figure.add_trace(
        go.Scatter(
            x=[0, end], y=[0, end], mode="lines", line={"color": INK, "width": 1, "dash": "dot"}, hoverinfo="skip"
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[pair.there for pair in info.pairs],
            y=[pair.told for pair in info.pairs],
            mode="markers",
            marker={"color": FILL, "size": [4 + _LARGEST * (pair.pictures / most) ** 0.5 for pair in info.pairs]},
            hovertext=[
                f"{pair.pictures:,} pictures have {pair.there}, and {pair.told} are told" for pair in info.pairs
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="boxes of a picture", rangemode="tozero")
    figure.update_yaxes(title_text="boxes that were told", rangemode="tozero")
    figure.update_layout(showlegend=False)
    return figure
