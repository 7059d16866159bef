"""Errors by prediction, and their distribution."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, INK, MUTED, bare, broken, grid, label, panel
from cnnsearch.report.numbers import significant
from cnnsearch.tasks.regression.views.residuals.info import Residuals, ResidualsInfo

__all__ = ["distribution_figure", "panels_width", "residuals_figure"]

_COLUMNS = 3


def panels_width(info: ResidualsInfo) -> int:
    """Pixels below which the panels of a row cannot be read."""
    return 280 * min(_COLUMNS, len(info.numbers))


def residuals_figure(info: ResidualsInfo) -> go.Figure:
    """Errors of the best trial on the validation pictures, over what it told."""
    figure = _panels(info, 320)
    for place, number in enumerate(info.numbers):
        where = panel(place, _columns(info))
        figure.add_trace(_points(number), **where)
        figure.add_hline(0, line={"color": MUTED, "width": 1, "dash": "dot"}, **where)
        figure.update_xaxes(title_text=f"<b>{broken(number.name, 26)}</b>, predicted", **where)
        figure.update_yaxes(title_text=None if place % _columns(info) else "predicted minus true", **where)
    return figure


def distribution_figure(info: ResidualsInfo) -> go.Figure:
    """How many validation pictures have which error."""
    figure = _panels(info, 260)
    for place, number in enumerate(info.numbers):
        where = panel(place, _columns(info))
        figure.add_trace(_bars(number), **where)
        figure.add_vline(0, line={"color": MUTED, "width": 1, "dash": "dot"}, **where)
        figure.add_vline(number.bias, line={"color": INK, "width": 1.5}, **where)
        title = f"error of <b>{broken(number.name, 26)}</b>, mean {significant(number.bias, 3)}"
        figure.update_xaxes(title_text=title, **where)
        figure.update_yaxes(title_text=None if place % _columns(info) else "validation pictures", **where)
    return figure


def _columns(info: ResidualsInfo) -> int:
    return min(_COLUMNS, len(info.numbers))


def _panels(info: ResidualsInfo, height: int) -> go.Figure:
    if not info.numbers:
        return bare(height)
    return grid(len(info.numbers), _columns(info), height, showlegend=False, bargap=0.02)


def _points(number: Residuals) -> go.Scatter:
    shown = zip(number.pictures, number.predicted, number.errors, strict=True)
    return go.Scatter(
        x=number.predicted,
        y=number.errors,
        mode="markers",
        marker={"color": FILL, "size": 5, "opacity": 0.6},
        name=label(number.name),
        hovertext=[
            f"validation picture {picture}<br>predicted {significant(told)}<br>error {significant(error)}"
            for picture, told, error in shown
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _bars(number: Residuals) -> go.Bar:
    bins = list(zip(number.edges, number.edges[1:], strict=False))
    return go.Bar(
        x=[(low + high) / 2 for low, high in bins],
        y=number.counts,
        width=[high - low for low, high in bins],
        marker={"color": FAINT},
        hovertext=[
            f"{significant(low)} to {significant(high)}: {count:,} pictures"
            for (low, high), count in zip(bins, number.counts, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
