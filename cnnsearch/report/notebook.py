"""A study as a notebook shows it: the verdict, the learning curves, and where it lies.

The curves are an SVG of a few kilobytes and no script, so that they stand in the notebook's file too and are shown
wherever that is read.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsearch.escaping import printable
from cnnsearch.report.drawing.style import STATES
from cnnsearch.report.numbers import significant
from cnnsearch.report.views.curves.info import Curve, CurvesInfo, curves_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study.shown import table_in_html

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["curves_in_svg", "study_in_html"]

_RED = ("", ' style="color: #d55e00; font-weight: bold"')

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 34
"""Pixels of the drawing, and those around the axes in it."""

_WIDE = 3
"""Pixels of the best trial's line."""


def study_in_html(study: Study) -> str:
    """A fragment of a page, in which everything that the study holds is text."""
    verdict = verdict_info(study)
    answers = "<br>".join(f"<strong>{answer.about}:</strong> {_text(answer.text)}" for answer in verdict.answers)
    cautions = "".join(f"<li{_RED[one.kind == 'grave']}>{_text(one.text)}</li>" for one in verdict.cautions)
    told = f"<p>{answers}</p>" + (f"<ul>{cautions}</ul>" if cautions else "")
    drawn = curves_in_svg(curves_info(study))
    return f"<h4>{_text(study.name)}</h4>{told}{drawn}{table_in_html(study)}"


def curves_in_svg(info: CurvesInfo) -> str:
    """The objective by epoch, one line a trial that the report shows at first, the best one's in bold.

    Empty where no epoch has a value.
    """
    shown = [curve for curve in info.curves if curve.trial in info.top or curve.trial == info.best]
    values = [value for curve in shown for value in curve.values if value is not None]
    if not values:
        return ""
    low, high = info.frame or (min(values), max(values))
    last = max(epoch for curve in shown for epoch in curve.epochs)
    is_log = info.log and low > 0
    place = _Place(low, high if high > low else low + (abs(low) or 1.0), last, is_log)
    ordered = sorted(shown, key=lambda curve: curve.trial == info.best)  # what is drawn last lies on top
    lines = "".join(_line(curve, place, curve.trial == info.best) for curve in ordered)
    if info.frame is not None:
        lines = _framed(lines)
    told = f"{info.metric} by epoch of {len(shown)} of {info.total} trials"
    best = "" if info.best is None else f"; in bold trial {info.best}, the best"
    best += "" if info.frame is None else "; lines that leave the axes go on far outside of them"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" '
        f'style="max-width:{_WIDTH}px" role="img" aria-label="{_text(told)}" font-family="sans-serif" font-size="12">'
        f"{_axes(place, info.metric)}{lines}</svg><p><small>{_text(told + best)}.</small></p>"
    )


class _Place:
    """Where an epoch and a value lie in the drawing."""

    def __init__(self, low: float, high: float, last: int, is_log: bool) -> None:
        self.low, self.high, self.last, self._is_log = low, high, last, is_log

    def x(self, epoch: float) -> float:
        share = (epoch - 1) / (self.last - 1) if self.last > 1 else 0.5
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high, at = (self._scaled(each) for each in (self.low, self.high, value))
        return _TOP + (1 - (at - low) / (high - low)) * (_HEIGHT - _TOP - _BOTTOM)

    @property
    def middle(self) -> float:
        """The value half-way up."""
        return math.sqrt(self.low * self.high) if self._is_log else (self.low + self.high) / 2

    def _scaled(self, value: float) -> float:
        return math.log(value) if self._is_log else value


def _axes(place: _Place, metric: str) -> str:
    ticks = [(place.y(value), significant(value, 3)) for value in (place.low, place.middle, place.high)]
    levels = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity="0.15"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="currentColor">{_text(text)}</text>'
        for y, text in ticks
    )
    epochs = sorted({1, (1 + place.last) // 2, place.last})
    numbers = "".join(
        f'<text x="{place.x(epoch):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle" '
        f'fill="currentColor">{epoch}</text>'
        for epoch in epochs
    )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    title = f"epoch (upwards: {metric})"
    return (
        f'{levels}{numbers}<text x="{middle:.1f}" y="{_HEIGHT - 3}" text-anchor="middle" '
        f'fill="currentColor">{_text(title)}</text>'
    )


def _framed(lines: str) -> str:
    """Without what lies outside of the axes."""
    width, height = _WIDTH - _LEFT - _RIGHT + 2 * _WIDE, _HEIGHT - _TOP - _BOTTOM + 2 * _WIDE
    box = f"{_LEFT - _WIDE} {_TOP - _WIDE} {width} {height}"
    place = f'x="{_LEFT - _WIDE}" y="{_TOP - _WIDE}" width="{width}" height="{height}"'
    return f'<svg {place} viewBox="{box}" overflow="hidden">{lines}</svg>'


def _line(curve: Curve, place: _Place, is_best: bool) -> str:
    style = f'fill="none" stroke="{STATES[curve.state]}" ' + (
        f'stroke-width="{_WIDE}"' if is_best else 'stroke-width="1.2" opacity="0.55"'
    )
    points = [
        [(place.x(epoch), place.y(value)) for epoch, value in part] for part in _unbroken(curve.epochs, curve.values)
    ]
    tip = f"<title>{_text(f'trial {curve.trial}, {curve.state.lower()}')}</title>"
    drawn = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in part)}" {style}>{tip}</polyline>'
        if len(part) > 1
        else f'<circle cx="{part[0][0]:.1f}" cy="{part[0][1]:.1f}" r="2.5" {style}>{tip}</circle>'
        for part in points
    )
    return drawn


def _unbroken(epochs: Sequence[int], values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of a curve between values that were not finite."""
    parts: list[list[tuple[int, float]]] = [[]]
    for epoch, value in zip(epochs, values, strict=True):
        if value is not None:
            parts[-1].append((epoch, value))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _text(text: str) -> str:
    return html.escape(printable(text))
