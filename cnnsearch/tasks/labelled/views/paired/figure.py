"""Difference of two confusion matrices."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import DIFFERENCE, MUTED, PAPER, bare, label, shortened
from cnnsearch.tasks.labelled.views.matrices import MOST_NUMBERED, matrix_width
from cnnsearch.tasks.labelled.views.paired.info import PairedInfo, Rival

__all__ = ["difference_figure", "difference_width"]


def difference_width(info: PairedInfo) -> int:
    """Pixels below which the numbers of the cells, or the names below them, run into each other."""
    return matrix_width(len(info.rivals[0].members) if info.rivals else 0) + _BAR


_BAR = 90
"""Pixels of the colour bar with its words."""


def difference_figure(info: PairedInfo) -> go.Figure:
    """Confusion matrix of one trial minus that of another."""
    if not info.rivals:
        return bare(320)
    rival = info.rivals[0]
    size, shown = len(rival.members), [info.names[number] for number in rival.members]
    numbered = size <= MOST_NUMBERED
    figure = bare(130 + (max(30 * size, 140) if size <= 20 else 620), showlegend=False, plot_bgcolor=PAPER)
    most = max(1, *(abs(number) for row in rival.difference for number in row))
    # By what it is worth: more is good on the diagonal, and bad elsewhere.
    worth = [[n if i == j else -n for j, n in enumerate(row)] for i, row in enumerate(rival.difference)]
    figure.add_heatmap(
        z=worth,
        x=list(range(size)),
        y=list(range(size)),
        zmin=-most,
        zmax=most,
        colorscale=[list(stop) for stop in DIFFERENCE],
        xgap=1 if numbered else 0,
        ygap=1 if numbered else 0,
        text=[[f"{number:+d}" if number else "" for number in row] for row in rival.difference] if numbered else None,
        texttemplate="%{text}" if numbered else None,
        hovertext=[
            [_text(info, rival, i, j) if n else "" for j, n in enumerate(row)] for i, row in enumerate(rival.difference)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        colorbar={
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": [-most, most],
            "ticktext": ["worse", "better"],
            "tickfont": {"color": MUTED, "size": 11},
        },
    )
    every = max(1, size // MOST_NUMBERED)
    names = [label(shortened(name, 16)) for name in shown]
    ticks = {"tickvals": list(range(0, size, every)), "ticktext": names[::every], "showgrid": False}
    figure.update_xaxes(title_text="taken for", side="bottom", **ticks)
    figure.update_yaxes(title_text="true class", autorange="reversed", **ticks)
    return figure


def _text(info: PairedInfo, rival: Rival, true: int, predicted: int) -> str:
    number = rival.difference[true][predicted]
    name, answer = (label(info.names[rival.members[place]]) for place in (true, predicted))
    what = "recognised" if true == predicted else f"taken for <b>{answer}</b>"
    more = "more" if number > 0 else "fewer"
    return f"<b>{name}</b> {what}<br>{abs(number)} {more} by trial {info.first} than by {rival.trial}"
