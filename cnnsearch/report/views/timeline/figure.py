"""Timeline of the workers."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import FAINT, INK, MUTED, PAPER, STATES, bare, label, shortened
from cnnsearch.report.numbers import percent
from cnnsearch.report.views.timeline.info import TimelineInfo

__all__ = ["MOST_LANES", "timeline_figure"]

MOST_LANES = 64
"""Workers that have room."""


def timeline_figure(info: TimelineInfo) -> go.Figure:
    """What each worker did when; what is empty is idle."""
    workers = info.workers[:MOST_LANES]
    figure = bare(100 + max(22 * len(workers), 60), bargap=0.25, barmode="overlay")
    lanes = {(worker.node, worker.pid): place for place, worker in enumerate(workers)}
    spans = [(lanes[worker.node, worker.pid], span) for worker in workers for span in worker.spans]
    kinds: list[tuple[str, str | None, str]] = [("start-up", None, FAINT), ("finalist", None, MUTED)]
    kinds += [("busy", state, STATES[state]) for state in STATES]
    for kind, state, colour in kinds:
        some = [(lane, span) for lane, span in spans if span.kind == kind and state in (None, span.state)]
        if not some:
            continue
        figure.add_bar(
            x=[round(span.end - span.start, 3) for _, span in some],
            base=[span.start for _, span in some],
            y=[lane for lane, _ in some],
            orientation="h",
            customdata=[span.trial for _, span in some],
            marker={"color": colour, "line": {"color": PAPER, "width": 0.5}},
            name=kind if state is None else state.lower(),
            hovertemplate=f"trial %{{customdata}}, {(state or kind).lower()}<br>%{{base:.1f}} s, %{{value:.1f}} s long"
            "<extra></extra>",
        )
    for moment in info.resumed:
        figure.add_vline(moment, line={"color": INK, "width": 1, "dash": "dash"})
    shares = [percent(worker.busy_seconds / info.seconds if info.seconds else None) for worker in workers]
    figure.update_xaxes(title_text="seconds from the first proposal", range=[0, info.seconds or 1])
    figure.update_yaxes(
        tickvals=list(range(len(workers))),
        ticktext=[
            f"{label(shortened(worker.node, 14))} {worker.pid}  {share}"
            for worker, share in zip(workers, shares, strict=True)
        ],
        tickfont={"color": MUTED, "size": 11},
        autorange="reversed",
        showgrid=False,
    )
    return figure
