"""Where the names of a figure's points stand, so that none covers another one or leaves the axes."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["places_of_names"]

_WIDTH, _HEIGHT = 270.0, 215.0
"""Axes in pixels, on the narrowest page: on a wider one names are further apart."""
_LETTER, _LINE, _MARKER = 6.0, 14.0, 6.0
"""Pixels of a letter and of a line at 12 points, and half of a marker's."""

Box = tuple[float, float, float, float]
"""Left, lower, right and upper end."""

_PLACES = (
    "top center",
    "bottom center",
    "middle right",
    "middle left",
    "top right",
    "top left",
    "bottom right",
    "bottom left",
)


def places_of_names(
    names: Sequence[str], x: Sequence[float], y: Sequence[float], first: Sequence[int]
) -> list[str | None]:
    """Plotly's ``textposition`` of each name; ``None`` where it finds no room.

    Args:
        names: of the points.
        x, y: of the points, as shares of the axes, 0 to 1.
        first: all their numbers, those first whose names matter more.
    """
    points = [(across * _WIDTH, up * _HEIGHT) for across, up in zip(x, y, strict=True)]
    taken: list[Box] = [(at - _MARKER, up - _MARKER, at + _MARKER, up + _MARKER) for at, up in points]
    places: list[str | None] = [None] * len(names)
    for number in first:
        for place in _PLACES:
            box = _box(names[number], points[number], place)
            if _inside(box) and not any(_overlap(box, other) for other in taken):
                places[number] = place
                taken.append(box)
                break
    return places


def _box(name: str, point: tuple[float, float], place: str) -> Box:
    vertical, horizontal = place.split()
    width, (x, y) = len(name) * _LETTER, point
    aside = _MARKER + 1 if vertical == "middle" else 0.0
    left = {"left": x - aside - width, "center": x - width / 2, "right": x + aside}[horizontal]
    lower = {"bottom": y - _MARKER - 1 - _LINE, "middle": y - _LINE / 2, "top": y + _MARKER + 1}[vertical]
    return left, lower, left + width, lower + _LINE


def _inside(box: Box) -> bool:
    left, lower, right, upper = box
    return left >= 0 and lower >= 0 and right <= _WIDTH and upper <= _HEIGHT


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
