"""Best value so far."""

from __future__ import annotations

import math
from collections.abc import Callable

import plotly.graph_objects as go

from cnnsearch.report.drawing.style import INK, MARKERS, STATES, bare, framed_axis, label, tip, whole
from cnnsearch.report.numbers import duration, score
from cnnsearch.report.statistics.best_so_far import Point
from cnnsearch.report.statistics.outcome import OUTCOMES
from cnnsearch.report.views.history.info import HistoryInfo

__all__ = ["history_by_time", "history_by_trial", "history_by_worker_hours"]


def history_by_trial(info: HistoryInfo) -> go.Figure:
    """Best value so far, over the numbers of the trials."""
    last = max((point.trial for point in info.points), default=0)
    figure = _figure(info, lambda point: point.trial, [*info.by_trial], last, "trial")
    return figure.update_xaxes(**whole(last))


def history_by_time(info: HistoryInfo) -> go.Figure:
    """Best value so far, over the minutes from the first proposal."""
    last = max((point.minutes for point in info.points), default=0.0)
    return _figure(info, lambda point: point.minutes, [*info.by_time], last, "minutes from the first proposal")


def history_by_worker_hours(info: HistoryInfo) -> go.Figure:
    """Best value so far, over the hours that all workers together spent on trials."""
    last = max((point.worker_hours for point in info.points), default=0.0)
    return _figure(info, lambda point: point.worker_hours, [*info.by_worker_hours], last, "hours of all workers")


def _figure(
    info: HistoryInfo, place: Callable[[Point], float], line: list[tuple[float, float]], last: float, title: str
) -> go.Figure:
    figure = bare(320, showlegend=False)
    low, high = _range(info)
    figure.update_xaxes(title_text=title, range=[-0.03 * (last or 1), 1.03 * (last or 1)])
    values = [point.value for point in info.points if point.value is not None]
    shown = {**framed_axis(label(info.metric), values, info.frame), "range": [low, high]}
    figure.update_yaxes(type="log" if info.log else "linear", **shown)
    floor = 10 ** (low + 0.03 * (high - low)) if info.log else low + 0.03 * (high - low)
    if line:
        line = [*_steps(line), (max(last, line[-1][0]), line[-1][1])]
        figure.add_scatter(
            x=[x for x, _ in line],
            y=[y for _, y in line],
            mode="lines",
            line={"shape": "hv", "color": INK, "width": 2},
            name=f"best {info.basis.lower()} so far",
            hoverinfo="skip",  # each of its corners is a trial, whose point is the one to be picked
        )
    for state in OUTCOMES:
        points = [point for point in info.points if point.state == state]
        if points:
            figure.add_scatter(
                x=[place(point) for point in points],
                y=[floor if point.value is None else _within(point.value, info.frame) for point in points],
                mode="markers",
                customdata=[point.trial for point in points],
                marker={
                    "color": STATES[state],
                    "symbol": MARKERS[state],
                    "size": 8,
                    "line": {"width": 1.5 if MARKERS[state].endswith("open") else 0},
                },
                name=state.lower(),
                text=[_text(info, point) for point in points],
                hovertemplate="%{text}<extra></extra>",
                cliponaxis=False,
            )
    return figure


def _steps(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where the line rises: what lies between says nothing more."""
    return [point for index, point in enumerate(line) if index == 0 or point[1] != line[index - 1][1]]


def _text(info: HistoryInfo, point: Point) -> str:
    value = "no value" if point.value is None else score(point.value, info.pictures)
    title = f"trial {point.trial}, {point.state.lower()}"
    when = f"after {duration(60 * point.minutes)}, {duration(3600 * point.worker_hours)} of all workers together"
    return f"{tip(title, point.config)}<br>{label(info.metric)} {value}<br>{when}"


def _within(value: float, frame: tuple[float, float] | None) -> float:
    return value if frame is None else min(max(value, frame[0]), frame[1])


def _range(info: HistoryInfo) -> tuple[float, float]:
    """Of the values, with a strip below for the trials that have none."""
    values = [point.value for point in info.points if point.value is not None]
    if info.log:
        values = [math.log10(value) for value in values]
    low, high = info.frame or ((min(values), max(values)) if values else (0.0, 1.0))
    room = (high - low) or abs(high) or 1.0
    return low - 0.14 * room, high + 0.06 * room
