"""Trials as points: shaped and coloured by how they ended, the best one as a star."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, MARKERS, PAPER, STATES
from cnnsearch.report.numbers import score
from cnnsearch.report.statistics.outcome import OUTCOMES

__all__ = ["Dot", "dots"]


@dataclass(frozen=True)
class Dot:
    """One trial at a place; outside the frame of its axis it stands at the edge."""

    trial: int
    state: str
    x: float
    y: float

    def within(self, frame: tuple[float, float] | None) -> float:
        """Its height on an axis from ``frame[0]`` to ``frame[1]``."""
        return self.y if frame is None else min(max(self.y, frame[0]), frame[1])


def dots(
    points: Sequence[Dot],
    best: int | None,
    hover: str,
    legend: bool = True,
    size: int = 7,
    frame: tuple[float, float] | None = None,
    pictures: int = 0,
) -> list[go.Scatter]:
    """A trace for each outcome that occurs, and one for the best trial.

    Args:
        points: the trials.
        best: number of the best one.
        hover: template of what the tooltip says below the trial's number; ``%{text}`` is a trial's ``y``.
        legend: whether the traces stand in the legend.
        size: of a point in pixels.
        frame: ends of the vertical axis, see :func:`~cnnsearch.report.statistics.scale.framed`.
        pictures: that the values are of.
    """
    groups = [(state, [dot for dot in points if dot.state == state and dot.trial != best]) for state in OUTCOMES]
    traces = [
        _trace(
            some,
            f"trial %{{customdata}}, {state.lower()}<br>{hover}",
            {
                "color": STATES[state],
                "symbol": MARKERS[state],
                "size": size,
                "line": {"width": 1.3 if MARKERS[state].endswith("open") else 0},
            },
            state.lower(),
            legend,
            frame,
            pictures,
        )
        for state, some in groups
        if some
    ]
    winner = [dot for dot in points if dot.trial == best]
    if winner:
        marker = {"color": INK, "symbol": "star", "size": size + 7, "line": {"color": PAPER, "width": 1}}
        traces.append(
            _trace(winner, f"trial %{{customdata}}, the best<br>{hover}", marker, "best", legend, frame, pictures)
        )
    return traces


def _trace(
    some: Sequence[Dot],
    hover: str,
    marker: dict[str, object],
    name: str,
    legend: bool,
    frame: tuple[float, float] | None,
    pictures: int,
) -> go.Scatter:
    return go.Scatter(
        x=[dot.x for dot in some],
        y=[dot.within(frame) for dot in some],
        text=[score(dot.y, pictures) for dot in some],
        customdata=[dot.trial for dot in some],
        mode="markers",
        marker=marker,
        name=name,
        legendgroup=name,
        showlegend=legend,
        hovertemplate=f"{hover}<extra></extra>",
        cliponaxis=False,
    )
