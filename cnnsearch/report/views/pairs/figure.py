"""Pairs of parameters as heat maps."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnsearch.numbers import plural
from cnnsearch.report.drawing.style import MUTED, PAPER, SHADES, bare, broken, grid, label, panel
from cnnsearch.report.numbers import compact
from cnnsearch.report.views.pairs.info import Band, Pair, PairsInfo

__all__ = ["pairs_figure", "pairs_width"]

_COLUMNS = 3


def pairs_width(info: PairsInfo) -> int:
    """Pixels below which the panels of a row cannot be read."""
    return 320 * min(_COLUMNS, len(info.pairs))


def pairs_figure(info: PairsInfo) -> go.Figure:
    """Median of the objective by the values of two parameters, a panel a pair; better is stronger."""
    if not info.pairs:
        return bare(300)
    columns = min(_COLUMNS, len(info.pairs))
    figure = grid(len(info.pairs), columns, 310, spacing=0.34, plot_bgcolor=PAPER, showlegend=False)
    last = len(SHADES) - 1
    stops = [[index / last, colour] for index, colour in enumerate(SHADES if info.mode == "max" else SHADES[::-1])]
    for place, pair in enumerate(info.pairs):
        figure.add_heatmap(
            z=pair.medians,
            x=list(range(len(pair.columns))),
            y=list(range(len(pair.rows))),
            customdata=[[list(cell) or None for cell in row] for row in pair.members],
            zmin=info.low,
            zmax=info.high,
            colorscale=stops,
            xgap=1,
            ygap=1,
            hovertext=[[_text(info, pair, i, j) for j in range(len(pair.columns))] for i in range(len(pair.rows))],
            hovertemplate="%{hovertext}<extra></extra>",
            hoverongaps=False,
            showscale=place == 0,
            colorbar=_BAR,
            **panel(place, columns),
        )
        figure.update_xaxes(
            title_text=f"<b>{broken(pair.second, 30)}</b>", **_ticks(pair.columns), **panel(place, columns)
        )
        figure.update_yaxes(title_text=f"<b>{broken(pair.first, 30)}</b>", **_ticks(pair.rows), **panel(place, columns))
    return figure


_BAR = {
    "thickness": 10,
    "outlinewidth": 0,
    "tickfont": {"color": MUTED, "size": 11},
    "nticks": 5,
}


def _text(info: PairsInfo, pair: Pair, row: int, column: int) -> str:
    median = pair.medians[row][column]
    number = len(pair.members[row][column])
    if median is None:
        return ""
    return (
        f"{label(pair.first)} {label(pair.rows[row].text)}<br>{label(pair.second)} {label(pair.columns[column].text)}"
        f"<br>median {label(info.metric)} {compact(median)}<br>{plural(number, 'trial')}"
    )


def _ticks(bands: Sequence[Band]) -> dict[str, object]:
    """Of a range its ends and the bounds between bands; of single values these."""
    if all(band.low == band.high for band in bands):
        texts = [label(band.text if len(band.text) <= 12 else band.text[:11] + "…") for band in bands]
        return {"tickvals": list(range(len(bands))), "ticktext": texts, "showgrid": False}
    ends = [band.low for band in bands] + [bands[-1].high]
    shown = list(range(0, len(ends), 2)) if len(ends) > 4 else list(range(len(ends)))
    return {
        "tickvals": [place - 0.5 for place in shown],
        "ticktext": [compact(float(f"{ends[place]:.2g}")) for place in shown],
        "showgrid": False,
    }
