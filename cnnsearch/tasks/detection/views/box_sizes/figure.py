"""Share of boxes that are found, over their size."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FILL, INK, bare
from cnnsearch.report.numbers import score
from cnnsearch.tasks.detection.views.box_sizes.info import BoxSizesInfo

__all__ = ["box_sizes_figure"]


def box_sizes_figure(info: BoxSizesInfo) -> go.Figure:
    """Share of the boxes that the best trial finds, over the square root of their pixels, a line a range of sizes."""
    figure = bare(320)
    lines = (
        ("overlap of 0.5", INK, [each.found for each in info.ranges]),
        ("overlap of 0.75", FILL, [each.close for each in info.ranges]),
    )
    for name, colour, shares in lines:
        figure.add_trace(
            go.Scatter(
                x=[side for each in info.ranges for side in (each.low, each.high, None)],
                y=[value for share in shares for value in (share, share, None)],
                mode="lines+markers",  # a range of boxes of one size has no length
                line={"color": colour, "width": 3},
                marker={"size": 4},
                name=name,
                hovertext=[
                    f"{each.boxes:,} boxes<br>found {score(share, each.boxes)}"
                    for each, share in zip(info.ranges, shares, strict=True)
                    for _ in range(3)
                ],
                hovertemplate="%{hovertext}<br>side %{x:.0f}<extra></extra>",
            )
        )
    figure.update_xaxes(title_text="square root of the pixels of a box, in the picture as it lies", type="log")
    figure.update_yaxes(title_text="share that is found", range=[-0.03, 1.03])
    figure.update_layout(showlegend=True)
    return figure
