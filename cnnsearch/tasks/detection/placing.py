"""Boxes on their pictures, once the sizes of these are known: in pixels, and within the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.detection.boxes import CLASS, NOTHING

__all__ = ["Placed", "Placing", "placed"]

_SHOWN = 10
"""Boxes that an error names."""

_NAMED = 3
"""Boxes that a note names."""

_SLACK = 1.0
"""Pixels by which a box may lie beyond the edge without a word: whoever drew it counted from 1, or rounded."""

_ROUNDED = 1e-3
"""By which a share may lie beyond 1, as rounded numbers do."""

_MOST_CUT = 0.1
"""Share of the boxes beyond the edges from which they are taken for boxes of another form, or of other pictures."""


@dataclass(frozen=True, eq=False)
class Placing:
    """What is to be known of boxes until they are placed.

    Attributes:
        marks: of each picture, where each of its boxes stands.
        sizes: of each picture, height and width that its labels say; ``None``: they say none.
        is_relative: boxes are shares of the sides of their pictures.
    """

    marks: tuple[tuple[str, ...], ...]
    sizes: tuple[tuple[int, int] | None, ...]
    is_relative: bool

    def take(self, indices: np.ndarray) -> Placing:
        """Those of some pictures, in that order."""
        chosen = indices.tolist()
        marks, sizes = (tuple(of[index] for index in chosen) for of in (self.marks, self.sizes))
        return Placing(marks, sizes, self.is_relative)


@dataclass(frozen=True, eq=False)
class Placed:
    """Boxes within their pictures.

    Attributes:
        rows: ``(n, most, 6)`` float32, at rest.
        notes: what was cut off, a sentence each.
    """

    rows: np.ndarray
    notes: tuple[str, ...]


def placed(rows: np.ndarray, placing: Placing, sizes: np.ndarray, name: Callable[[int], str]) -> Placed:
    """The boxes in pixels, cut off at the edges of their pictures.

    Args:
        rows: ``(n, most, 6)``, at rest, in the unit of their source.
        placing: what is known of them.
        sizes: ``(n, 2)``, height and width of the pictures.
        name: of a picture, by its index.

    Raises:
        InputError: the labels are of pictures of other sizes, a box lies outside of its picture, or so many reach
            beyond the edges that they are of another form than they are said to be.
    """
    if problems := _other_sizes(placing, sizes, name):
        raise InputError(problems[:_SHOWN])
    sides = np.tile(sizes[:, ::-1], 2)[:, np.newaxis].astype(np.float64)
    is_there = rows[..., CLASS] != NOTHING  # crowds too
    boxes = rows[..., :CLASS].astype(np.float64) * (sides if placing.is_relative else 1.0)
    within = np.clip(boxes, 0.0, sides)
    outside = is_there & ((within[..., 2] <= within[..., 0]) | (within[..., 3] <= within[..., 1]))
    if outside.any():
        raise InputError([_outside(place, boxes, placing, sizes, name) for place in np.argwhere(outside)[:_SHOWN]])
    cut = is_there & (np.abs(within - boxes).max(axis=-1) > _SLACK)
    marks = [placing.marks[picture][row] for picture, row in np.argwhere(cut).tolist()]
    if len(marks) > max(1, _MOST_CUT * is_there.sum()):
        rule = (
            f"{len(marks)} of {is_there.sum()} boxes reach beyond the edges of their pictures, as {marks[0]}: they are "
            "of other pictures, or in another form, as left, top, width and height in place of right and bottom"
        )
        raise InputError(Problem("dataset", rule))
    if not placing.is_relative and _are_shares(boxes[is_there], sides.max()):
        rule = (
            "all boxes lie within the first pixel of their pictures: they are in shares of the sides, from 0 to 1, and "
            "must be in pixels; of a csv say box_unit: shares"
        )
        raise InputError(Problem("dataset", rule))
    found = rows.copy()
    found[..., :CLASS][is_there] = within[is_there]
    return Placed(found, _cut(marks))


def _are_shares(boxes: np.ndarray, side: float) -> bool:
    """Whether all corners of boxes of pictures of more than a pixel are from 0 to 1."""
    return bool(len(boxes) and side > 1 and np.abs(boxes).max() <= 1.0 + _ROUNDED)


def _cut(marks: list[str]) -> tuple[str, ...]:
    if not marks:
        return ()
    more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
    verb = (
        "box reaches beyond the edge of its picture and is"
        if len(marks) == 1
        else ("boxes reach beyond the edges of their pictures and are")
    )
    return (f"{len(marks)} {verb} cut off there: {'; '.join(marks[:_NAMED])}{more}",)


def _other_sizes(placing: Placing, sizes: np.ndarray, name: Callable[[int], str]) -> list[Problem]:
    found = []
    for index, told in enumerate(placing.sizes):
        size = tuple(sizes[index].tolist())
        if told is not None and told != size:
            turned = "; its file says that it is to be turned, and the boxes are of it unturned" * (told == size[::-1])
            rule = f"the boxes of {name(index)} are for {told[0]} x {told[1]} pixels, and it has {size[0]} x {size[1]}"
            found.append(Problem("dataset", rule + turned))
    return found


def _outside(
    place: np.ndarray, boxes: np.ndarray, placing: Placing, sizes: np.ndarray, name: Callable[[int], str]
) -> Problem:
    picture, row = place.tolist()
    height, width = sizes[picture].tolist()
    rule = (
        f"{placing.marks[picture][row]}: the box lies outside of {name(picture)}, which is {width} pixels wide and "
        f"{height} high"
    )
    return Problem("dataset", rule, [round(side, 2) for side in boxes[picture, row].tolist()])
