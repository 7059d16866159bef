"""What all figures share: colours that work for colour-blind readers, labels, the bare layout."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from cnnsearch.escaping import printable_lines
from cnnsearch.numbers import digits_of

__all__ = [
    "DARK",
    "DIFFERENCE",
    "FAINT",
    "FILL",
    "GRID",
    "HEAT",
    "INK",
    "MARKERS",
    "MUTED",
    "PAPER",
    "SHADES",
    "STATES",
    "bare",
    "broken",
    "framed_axis",
    "grid",
    "hovered",
    "label",
    "panel",
    "shade",
    "shortened",
    "tip",
    "whole",
]

INK, MUTED, GRID, PAPER = "#1d2329", "#5b6570", "#e2e6ea", "#ffffff"

# Okabe and Ito's colours; the shapes tell the states apart without them.
STATES = {
    "COMPLETED": "#0072b2",
    "STOPPED": "#e69f00",
    "FAILED": "#d55e00",
    "INTERRUPTED": "#8a8f94",
    "RUNNING": "#009e73",
}
MARKERS = {
    "COMPLETED": "circle",
    "STOPPED": "triangle-down-open",
    "FAILED": "x",
    "INTERRUPTED": "diamond-open",
    "RUNNING": "circle-open",
}
FILL, FAINT = "#0073b3", "#b3c0cb"

HEAT = ((0.0, "#f7f9fb"), (0.02, "#dcebf5"), (1.0, "#00609c"))
DIFFERENCE = ((0.0, "#c2570c"), (0.5, "#f7f9fa"), (1.0, "#0062a0"))
"""From less to more."""
_DARK_DIFFERENCE = ((0.0, "#f08a4b"), (0.5, "#1b2025"), (1.0, "#6cc1ef"))
_DARK_HEAT = ((0.0, "#1b2026"), (0.02, "#203a4d"), (1.0, "#6cc1f0"))


def _cividis(steps: int, start: float, end: float) -> list[str]:
    parts = sample_colorscale("Cividis", [start + (end - start) * step / (steps - 1) for step in range(steps)])
    rgb = [[round(float(part)) for part in text[4:-1].split(",")] for text in parts]
    return ["#{:02x}{:02x}{:02x}".format(*part) for part in rgb]


SHADES = tuple(_cividis(21, 0.92, 0.0))
"""Worst to best: the best stand out against the page, so that the scale is turned round in the dark."""

DARK = {
    INK: "#e8ebee",
    MUTED: "#a3adb7",
    GRID: "#313942",
    PAPER: "#171b20",
    STATES["COMPLETED"]: "#56b4e9",
    STATES["FAILED"]: "#f0703a",
    FILL: "#57b5ea",
    FAINT: "#4b5966",
    **{light: dark for (_, light), (_, dark) in zip(HEAT, _DARK_HEAT, strict=True)},
    **{light: dark for (_, light), (_, dark) in zip(DIFFERENCE, _DARK_DIFFERENCE, strict=True)},
    **dict(zip(SHADES, _cividis(21, 0.2, 1.0), strict=True)),
}
"""Colour on a light page -> colour on a dark one; the page replaces them when it draws."""


def shade(share: float) -> str:
    """Colour of a trial between the worst (0) and the best (1)."""
    return SHADES[round(share * (len(SHADES) - 1))]


def label(text: object) -> str:
    """Text from outside as a plotly label, which would otherwise read tags, entities and ``%{...}`` in it."""
    return html.escape(printable_lines(str(text)), quote=False).replace("%{", "&#37;{").replace("\n", " ")


def hovered(axis: str, pictures: int) -> str:
    """The value of a point on an axis, for a tooltip, with the digits that so many pictures bear."""
    return f"%{{{axis}:.{digits_of(pictures)}r}}"


def shortened(text: str, most: int) -> str:
    """At most so many characters of a name, the last of them … where some are left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def broken(text: str, width: int) -> str:
    """A label in lines of about ``width`` characters, broken after underscores where there are any."""
    lines = textwrap.wrap(text.replace("_", "_ "), width)
    return "<br>".join(label(line.replace("_ ", "_")) for line in lines) or " "


def tip(title: str, config: Sequence[str]) -> str:
    """What a trial's tooltip begins with."""
    return "<br>".join([f"<b>{label(title)}</b>", *map(label, config)])


def bare(height: int, **layout: object) -> go.Figure:
    """An empty figure that takes its place's width and its page's colours."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 12, "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"},
        margin={"l": 48, "r": 12, "t": 12, "b": 44},
        hoverlabel={"bgcolor": PAPER, "bordercolor": MUTED, "font": {"color": INK}, "align": "left"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": MUTED, "activecolor": INK},
    )
    _dress(figure)
    figure.update_layout(**layout)
    return figure


def framed_axis(title: str, values: Sequence[float], frame: tuple[float, float] | None) -> dict[str, object]:
    """Title of an axis of ``values``; where it ends at a ``frame``, its range too, and how many stand at its edges."""
    if frame is None:
        return {"title_text": title}
    low, high = frame
    room = 0.06 * (high - low)
    below, above = sum(value < low for value in values), sum(value > high for value in values)
    parts = [f"{number} {where}" for number, where in ((below, "below"), (above, "above")) if number]
    return {"title_text": f"{title} ({', '.join(parts)}, at the edge)", "range": [low - room, high + room]}


def whole(last: int) -> dict[str, object]:
    """Ticks of an axis of whole numbers from 1 to ``last``: no halves that are rounded, however wide it is."""
    return {"tickformat": "d", **({"dtick": 1} if last <= 12 else {})}


def grid(panels: int, columns: int, height: int, spacing: float = 0.2, **layout: object) -> go.Figure:
    """An empty figure of so many panels in rows of ``columns``, each ``height`` pixels high with its labels.

    Where a row is wider than the screen, the page puts the panels below each other (``figures.js``).

    Args:
        panels, columns, height: see above.
        spacing: share of the width that stays free for labels between panels.
        layout: of the figure.
    """
    rows = -(-panels // columns)
    figure = bare(height * rows + 40)
    gap = min(0.35, 70 / height) / rows
    figure.set_subplots(rows, columns, horizontal_spacing=spacing / columns, vertical_spacing=gap)
    _dress(figure)
    for place in range(panels, rows * columns):
        row, column = divmod(place, columns)
        figure.update_xaxes(visible=False, row=row + 1, col=column + 1)
        figure.update_yaxes(visible=False, row=row + 1, col=column + 1)
    figure.update_layout(meta={"panels": panels, "gap": gap * rows / panels, "stacked": height * panels + 40}, **layout)
    return figure


def panel(place: int, columns: int) -> dict[str, int]:
    """Where the panel of that number stands in a :func:`grid`, as plotly's ``row`` and ``col``."""
    row, column = divmod(place, columns)
    return {"row": row + 1, "col": column + 1}


def _dress(figure: go.Figure) -> None:
    axis = {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "zeroline": False,
        "automargin": True,
        "title": {"font": {"color": MUTED}},
        "tickfont": {"color": MUTED},
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
