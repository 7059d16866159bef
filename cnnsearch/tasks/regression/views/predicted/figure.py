"""Predicted against true numbers."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FILL, MUTED, bare, broken, grid, label, panel
from cnnsearch.report.numbers import significant
from cnnsearch.tasks.regression.views.predicted.info import PredictedInfo, PredictedNumber

__all__ = ["predicted_figure", "predicted_width"]

_COLUMNS = 3


def predicted_width(info: PredictedInfo) -> int:
    """Pixels below which the panels of a row cannot be read."""
    return 280 * min(_COLUMNS, len(info.numbers))


def predicted_figure(info: PredictedInfo) -> go.Figure:
    """What the best trial told of each validation picture, over what is true."""
    if not info.numbers:
        return bare(360)
    columns = min(_COLUMNS, len(info.numbers))
    figure = grid(len(info.numbers), columns, 360, showlegend=False)
    for place, number in enumerate(info.numbers):
        where = panel(place, columns)
        figure.add_traces(_traces(number), rows=[where["row"]] * 2, cols=[where["col"]] * 2)
        low, high = _ends(number)
        title = f"<b>{broken(number.name, 26)}</b>, true (R2 {significant(number.r2, 3)})"
        figure.update_xaxes(title_text=title, range=[low, high], **where)
        figure.update_yaxes(title_text="predicted" if not place % columns else None, range=[low, high], **where)
    return figure


def _ends(number: PredictedNumber) -> tuple[float, float]:
    """Of both axes, which are alike."""
    both = (*number.true, *number.predicted)
    low, high = min(both), max(both)
    room = 0.04 * ((high - low) or 1.0)
    return low - room, high + room


def _traces(number: PredictedNumber) -> list[go.Scatter]:
    ends = list(_ends(number))
    shown = zip(number.pictures, number.true, number.predicted, strict=True)
    texts = [
        f"validation picture {picture}<br>true {significant(true)}<br>predicted {significant(told)}"
        f"<br>error {significant(told - true)}"
        for picture, true, told in shown
    ]
    return [
        go.Scatter(x=ends, y=ends, mode="lines", line={"color": MUTED, "width": 1, "dash": "dot"}, hoverinfo="skip"),
        go.Scatter(
            x=number.true,
            y=number.predicted,
            mode="markers",
            marker={"color": FILL, "size": 5, "opacity": 0.6},
            name=label(number.name),
            hovertext=texts,
            hovertemplate="%{hovertext}<extra></extra>",
        ),
    ]
