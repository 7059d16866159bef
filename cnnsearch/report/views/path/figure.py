"""The path from the default config to the winner."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FILL, INK, PAPER, bare, label, shortened
from cnnsearch.report.numbers import score
from cnnsearch.report.views.path.info import PathInfo, Step

__all__ = ["path_figure"]


def path_figure(info: PathInfo) -> go.Figure:
    """From the default config to the best trial's, one change at a time: what is predicted, and what was recorded."""
    steps = info.steps
    figure = bare(110 + 42 * len(steps))
    places = list(range(len(steps)))
    figure.add_scatter(
        x=[step.predicted for step in steps],
        y=places,
        mode="lines+markers",
        line={"color": FILL, "width": 2},
        marker={"color": PAPER, "size": 10, "line": {"color": FILL, "width": 2}},
        name="predicted by the surrogate",
        hovertext=[f"{_name(step)}<br>predicted {score(step.predicted, info.pictures)}" for step in steps],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    known = [(place, step) for place, step in zip(places, steps, strict=True) if step.recorded is not None]
    if known:
        figure.add_scatter(
            x=[step.recorded for _, step in known],
            y=[place for place, _ in known],
            customdata=[step.trial for _, step in known],
            mode="markers",
            marker={"color": INK, "size": 12, "symbol": "star"},
            name="recorded",
            hovertext=[
                f"{_name(step)}<br>trial {step.trial} reached {score(step.recorded, info.pictures)}"
                for _, step in known
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_xaxes(title_text=label(info.metric))
    figure.update_yaxes(tickvals=places, ticktext=[_name(step) for step in steps], autorange="reversed", showgrid=False)
    return figure


def _name(step: Step) -> str:
    if not step.changes:
        return "default config"
    if len(step.changes) > 1:
        return f"{len(step.changes)} others together"
    (change,) = step.changes
    value = f"{shortened(change.before, 12)} → {shortened(change.after, 12)}".strip()
    return f"{label(shortened(change.parameter, 24))}<br>{label(value)}" + (", by chance" if step.chance else "")
