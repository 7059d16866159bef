"""Confusion matrix."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import HEAT, MUTED, PAPER, bare, label, shortened
from cnnsearch.report.numbers import percent
from cnnsearch.tasks.labelled.views.confusion.info import ConfusionInfo
from cnnsearch.tasks.labelled.views.matrices import MOST_NUMBERED, matrix_width

__all__ = ["confusion_figure", "confusion_width"]


def confusion_width(info: ConfusionInfo) -> int:
    """Pixels below which the numbers of the cells run into each other."""
    return matrix_width(len(info.classes))


def confusion_figure(info: ConfusionInfo) -> go.Figure:
    """Confusion matrix of the best trial on the validation pictures."""
    size = len(info.classes)
    numbered = size <= MOST_NUMBERED
    names = [label(shortened(name, 16)) for name in info.classes]
    figure = bare(130 + (max(36 * size, 140) if size <= 20 else 640), showlegend=False)
    shares = [
        [round(number / max(1, pictures), 4) for number in row]
        for row, pictures in zip(info.matrix, info.supports, strict=True)
    ]
    figure.add_heatmap(
        z=shares,
        x=list(range(size)),
        y=list(range(size)),
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in HEAT],
        xgap=1 if numbered else 0,
        ygap=1 if numbered else 0,
        text=[[str(number) if number else "" for number in row] for row in info.matrix] if numbered else None,
        texttemplate="%{text}" if numbered else None,
        hovertext=[[_text(info, i, j) if row[j] else "" for j in range(size)] for i, row in enumerate(info.matrix)],
        hovertemplate="%{hovertext}<extra></extra>",
        showscale=not numbered,
        colorbar={
            "thickness": 10,
            "outlinewidth": 0,
            "tickformat": ".0%",
            "tickfont": {"color": MUTED},
            "title": {"text": "of the true class", "side": "right", "font": {"color": MUTED, "size": 11}},
        },
    )
    every = max(1, size // MOST_NUMBERED)
    ticks = {"tickvals": list(range(0, size, every)), "ticktext": names[::every], "showgrid": False}
    figure.update_xaxes(title_text="taken for", side="bottom", **ticks)
    figure.update_yaxes(title_text="true class", autorange="reversed", **ticks)
    figure.update_layout(plot_bgcolor=PAPER)
    return figure


def _text(info: ConfusionInfo, true: int, predicted: int) -> str:
    number, total = info.matrix[true][predicted], info.supports[true]
    recall = percent(info.recall[true], total)
    if true == predicted:
        return f"<b>{label(info.classes[true])}</b><br>{number} of {total} recognised<br>recall {recall}"
    pair = f"<b>{label(info.classes[true])}</b> taken for <b>{label(info.classes[predicted])}</b>"
    return f"{pair}<br>{number} of {total} pictures<br>recall of the class {recall}"
