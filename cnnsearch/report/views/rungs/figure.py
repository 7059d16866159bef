"""The scheduler's rungs: who went on, and how well their ranking foretold the final one."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, MARKERS, STATES, bare
from cnnsearch.report.views.rungs.info import FEWEST, RungsInfo

__all__ = ["foretelling_figure", "survivors_figure"]


def survivors_figure(info: RungsInfo) -> go.Figure:
    """Trials that reached each rung of the scheduler, by what became of them there."""
    figure = bare(300, barmode="stack", bargap=0.35, uniformtext={"minsize": 10, "mode": "hide"})
    epochs = [str(rung.epoch) for rung in info.rungs]
    figure.update_xaxes(title_text="rung (epoch)", type="category")
    figure.update_yaxes(title_text="trials that reached it")
    parts = (
        ("went on", STATES["COMPLETED"], [rung.reached - rung.stopped - rung.ended for rung in info.rungs]),
        ("stopped", STATES["STOPPED"], [rung.stopped for rung in info.rungs]),
        ("ended by themselves", STATES["INTERRUPTED"], [rung.ended for rung in info.rungs]),
    )
    for name, colour, numbers in parts:
        if any(numbers):
            figure.add_bar(
                x=epochs,
                y=numbers,
                name=name,
                marker={"color": colour},
                text=[str(number) if number else "" for number in numbers],
                textposition="inside",
                hovertemplate=f"rung %{{x}}: %{{y}} {name}<extra></extra>",
            )
    return figure


def foretelling_figure(info: RungsInfo) -> go.Figure:
    """How well the ranking at each rung of the scheduler foretold the final one."""
    figure = bare(300)
    figure.update_xaxes(title_text="rung (epoch)", type="category")
    figure.update_yaxes(title_text="1: foretold exactly", range=[min(0.0, _lowest(info)) - 0.05, 1.08])
    epochs = [str(rung.epoch) for rung in info.rungs]
    known = [rung.known for rung in info.rungs]
    lines = (
        ("Spearman's correlation of ranks", INK, "circle", "solid", [rung.spearman for rung in info.rungs]),
        ("Kendall's", STATES["INTERRUPTED"], "diamond", "dot", [rung.kendall for rung in info.rungs]),
        ("the best third, found", STATES["STOPPED"], MARKERS["STOPPED"], "dash", [rung.recall for rung in info.rungs]),
    )
    for name, colour, symbol, dash, values in lines:
        figure.add_scatter(
            x=epochs,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"color": colour, "symbol": symbol, "size": 9},
            text=[f"of {number} trials" for number in known],
            hovertemplate=f"{name} at rung %{{x}}: %{{y:.2f}}, %{{text}}<extra></extra>",
        )
    if all(value is None for *_, values in lines for value in values):
        note = f"at each rung fewer than {FEWEST} trials ran to their end"
        figure.add_annotation(text=note, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure


def _lowest(info: RungsInfo) -> float:
    found = [value for rung in info.rungs for value in (rung.spearman, rung.kendall) if value is not None]
    return min(found, default=0.0)
