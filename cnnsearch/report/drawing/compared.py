"""Several studies in one figure: a line each, told apart by colour and dash."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, MUTED, STATES, bare, label
from cnnsearch.report.views.distribution.info import DistributionInfo
from cnnsearch.report.views.target.info import TargetInfo

__all__ = ["distribution_figure", "target_figure"]

_COLOURS = (STATES["COMPLETED"], STATES["STOPPED"], STATES["FAILED"], INK, STATES["INTERRUPTED"])
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def distribution_figure(info: DistributionInfo) -> go.Figure:
    """Share of the trials that are at least so good, over the value."""
    figure = bare(380)
    figure.update_xaxes(title_text=label(info.metric), type="log" if info.log else "linear")
    figure.update_yaxes(title_text="share of the trials at least so good", tickformat=".0%", range=[0, 1.03])
    for place, study in enumerate(info.studies):
        number = len(study.values)
        shares = [(rank + 1) / number for rank in range(number)]
        # Up to the value of rank k, counted from the best, (k + 1) / n of the trials are at least so good.
        _line(figure, place, study.name, study.values, shares, "vh", "%{y:.1%} reach %{x:.4f}")
    return figure


def target_figure(info: TargetInfo) -> go.Figure:
    """Best value so far over the minutes, and the target."""
    figure = bare(380)
    figure.update_xaxes(title_text="minutes from the first proposal", rangemode="tozero")
    figure.update_yaxes(title_text=label(info.metric), type="log" if info.log else "linear")
    for place, study in enumerate(info.studies):
        x, y = [minutes for minutes, _ in study.line], [value for _, value in study.line]
        _line(figure, place, study.name, x, y, "hv", "%{y:.4f} after %{x:.2f} min")
    if info.target is not None:
        last = max(study.line[-1][0] for study in info.studies)
        figure.add_scatter(
            x=[0, last],
            y=[info.target, info.target],
            mode="lines",
            line={"color": MUTED, "width": 1, "dash": "dot"},
            name="target",
            hovertemplate="target %{y:.4f}<extra></extra>",
        )
    return figure


def _line(
    figure: go.Figure, place: int, name: str, x: Sequence[float], y: Sequence[float], shape: str, hover: str
) -> None:
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
