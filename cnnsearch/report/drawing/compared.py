"""A study among several in one figure: a line, told from the others by colour and dash."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, STATES, label

__all__ = ["add_line"]

_COLOURS = (STATES["COMPLETED"], STATES["STOPPED"], STATES["FAILED"], INK, STATES["INTERRUPTED"])
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def add_line(
    figure: go.Figure, place: int, name: str, x: Sequence[float], y: Sequence[float], shape: str, hover: str
) -> None:
    """The line of the study at ``place`` among the others.

    Args:
        figure: gets it.
        place: from 0.
        name: of the study.
        x, y: its points; of one alone a marker is drawn.
        shape: how they are joined: plotly's ``vh`` or ``hv``, in steps.
        hover: template of what the tooltip says below the name.
    """
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode="lines" if len(x) > 1 else "markers",
        line={
            "shape": shape,
            "color": _COLOURS[place % len(_COLOURS)],
            "dash": _DASHES[place % len(_DASHES)],
            "width": 2,
        },
        marker={"color": _COLOURS[place % len(_COLOURS)]},
        name=label(name if len(name) <= 40 else name[:39] + "…"),
        hovertemplate=f"{label(name)}<br>{hover}<extra></extra>",
    )
