"""What is laid over a picture to see its boxes: their outlines, in the colours of their classes."""

from __future__ import annotations

import base64
from collections import Counter
from html import escape

import numpy as np

from cnnsearch.tasks.class_colours import CLASS_COLOURS, as_css
from cnnsearch.tasks.contract.overlays import Overlay
from cnnsearch.tasks.detection.boxes import CLASS, NOTHING, crowd_of

__all__ = ["make"]


def make(target: np.ndarray, names: tuple[str, ...], size: tuple[int, int]) -> Overlay:
    """See :meth:`TaskSpec.overlay <cnnsearch.tasks.task.TaskSpec.overlay>`; a crowd is dashed."""
    height, width = size
    shapes: list[str] = []
    counted: Counter[tuple[int, bool]] = Counter()
    for row in target[target[:, CLASS] != NOTHING].tolist():
        left, top, right, bottom = row[:CLASS]
        is_crowd = row[CLASS] < NOTHING
        index = int(crowd_of(row[CLASS]) if is_crowd else row[CLASS])
        counted[index, is_crowd] += 1
        place = f'x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"'
        dashes = ' stroke-dasharray="3 2"' if is_crowd else ""
        shapes.append(f'<rect {place} stroke="{_colour(index)}"{dashes}><title>{escape(names[index])}</title></rect>')
    line = f'fill="none" stroke-width="{max(height, width) / 80:.2f}"'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    drawn += f"{line}>{''.join(shapes)}</svg>"
    source = f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode('utf-8', 'replace')).decode()}"
    return Overlay(source, tuple((_words(*of, names, count), _colour(of[0])) for of, count in sorted(counted.items())))


def _words(index: int, is_crowd: bool, names: tuple[str, ...], count: int) -> str:
    return f"{count} {names[index]}{', a crowd' if is_crowd else ''}" if count > 1 or is_crowd else names[index]


def _colour(index: int) -> str:
    return as_css(CLASS_COLOURS[index % len(CLASS_COLOURS)])
