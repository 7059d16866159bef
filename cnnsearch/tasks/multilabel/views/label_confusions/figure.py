"""Labels that are missed, against those that are told of in their place."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import HEAT, PAPER, bare, label, shortened
from cnnsearch.tasks.multilabel.views.label_confusions.info import ConfusionsInfo

__all__ = ["label_confusions_figure", "label_confusions_width"]

_NOTHING = "nothing"


def label_confusions_width(info: ConfusionsInfo) -> int:
    """Pixels below which the numbers of the cells run into each other."""
    return 110 + 26 * (len(info.labels) + 1)


def label_confusions_figure(info: ConfusionsInfo) -> go.Figure:
    """Labels that the best trial misses, and those that it tells of in their place, on the validation pictures."""
    size = len(info.matrix)
    names = [*(label(shortened(name, 16)) for name in info.labels), f"<i>{_NOTHING}</i>"]
    figure = bare(130 + (max(36 * size, 140) if size <= 20 else 640), showlegend=False)
    figure.add_heatmap(
        z=[list(row) for row in info.matrix],
        x=list(range(size)),
        y=list(range(size)),
        zmin=0,
        zmax=max(1, max(map(max, info.matrix))),
        colorscale=[list(stop) for stop in HEAT],
        xgap=1,
        ygap=1,
        text=[[str(number) if number else "" for number in row] for row in info.matrix],
        texttemplate="%{text}",
        hovertext=[[_text(info, i, j) if row[j] else "" for j in range(size)] for i, row in enumerate(info.matrix)],
        hovertemplate="%{hovertext}<extra></extra>",
        showscale=False,
    )
    ticks = {"tickvals": list(range(size)), "ticktext": names, "showgrid": False}
    figure.update_xaxes(title_text="told of, and not there", side="bottom", **ticks)
    figure.update_yaxes(title_text="there, and missed", autorange="reversed", **ticks)
    figure.update_layout(plot_bgcolor=PAPER)
    return figure


def _text(info: ConfusionsInfo, missed: int, told: int) -> str:
    known = [f"<b>{label(name)}</b>" for name in info.labels]
    pictures = f"{info.matrix[missed][told]:,} of {info.total:,} pictures"
    if missed == len(known):
        return f"{known[told]} told of, nothing missed<br>{pictures}"
    of = f"<br>{info.pictures[missed]:,} have {known[missed]}"
    if told == len(known):
        return f"{known[missed]} missed, nothing told of in its place<br>{pictures}{of}"
    return f"{known[missed]} missed, {known[told]} told of<br>{pictures}{of}"
