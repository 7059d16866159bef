"""Dice of regions by their size."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FILL, INK, bare, label
from cnnsearch.report.numbers import score
from cnnsearch.tasks.segmentation.views.region_sizes.info import RegionSizesInfo

__all__ = ["region_sizes_figure"]


def region_sizes_figure(info: RegionSizesInfo) -> go.Figure:
    """Dice of the best trial on each region of the validation pictures, over its size, with the means of ranges."""
    figure = bare(320)
    figure.add_trace(
        go.Scatter(
            x=[region.pixels for region in info.regions],
            y=[region.dice for region in info.regions],
            mode="markers",
            marker={"color": FILL, "size": 5, "opacity": 0.5},
            name="region",
            hovertext=[
                f"validation picture {region.picture}<br>{label(region.name)}, {region.pixels:,} pixels<br>"
                f"Dice {score(region.dice, 1)}"
                for region in info.regions
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[pixels for part in info.ranges for pixels in (part.low, part.high, None)],
            y=[dice for part in info.ranges for dice in (part.dice, part.dice, None)],
            mode="lines",
            line={"color": INK, "width": 2},
            name="mean of a range",
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(title_text="pixels of the region", type="log")
    figure.update_yaxes(title_text="Dice", range=[-0.03, 1.03])
    figure.update_layout(showlegend=False)
    return figure
