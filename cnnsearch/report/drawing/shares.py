"""Bars of the parameters' importance, with intervals; what may be chance is faint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, FILL, INK, bare, broken, shortened
from cnnsearch.report.numbers import percent

__all__ = ["Share", "shares_figure"]


class Share(Protocol):
    """A parameter's share, its interval, and whether it is more than chance would give."""

    @property
    def name(self) -> str: ...
    @property
    def share(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def beyond_chance(self) -> bool: ...


Row = TypeVar("Row", bound=Share)


def shares_figure(rows: Sequence[Row], text: Callable[[Row], str]) -> go.Figure:
    """One bar for each of ``rows``, the first one lowest; ``text`` is told where one points at it.

    An estimate below zero is drawn as zero.
    """
    figure = bare(90 + 32 * len(rows), legend={"traceorder": "normal"})
    for name, colour, beyond in (("beyond chance", FILL, True), ("may be chance", FAINT, False)):
        some = [(place, row, max(0.0, row.share)) for place, row in enumerate(rows) if row.beyond_chance == beyond]
        figure.add_bar(
            x=[share for _, _, share in some],
            y=[place for place, _, _ in some],
            orientation="h",
            marker={"color": colour},
            width=0.62,
            name=name,
            error_x={
                "array": [max(0.0, row.high - share) for _, row, share in some],
                "arrayminus": [share - max(0.0, row.low) for _, row, share in some],
                "color": INK,
                "thickness": 1,
                "width": 4,
            },
            hovertext=[text(row) for _, row, _ in some],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{broken(shortened(row.name, 40), 20)}  {percent(max(0.0, row.share))}" for row in rows],
        showgrid=False,
    )
    return figure
