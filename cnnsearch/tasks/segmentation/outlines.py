"""Masks from outlines: polygons and run lengths, as COCO has them, become the pixels within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnsearch.data.raw_outlines import Outline, PictureOutlines

__all__ = ["BACKGROUND", "OutlineError", "filled"]

BACKGROUND = "background"
"""Class of pixels in no outline."""

_LETTERS = range(48, 48 + 64)
"""Of which COCO writes packed run lengths: six bits each."""

_Place = tuple[slice, slice]
"""Rows and columns of a picture."""


class OutlineError(ValueError):
    """What is wrong with one outline, in words that go on from its mark."""

    def __init__(self, mark: str, rule: str) -> None:
        super().__init__(f"{mark}: {rule}")


def filled(picture: PictureOutlines, names: Sequence[str]) -> np.ndarray:
    """``(height, width)`` uint8: of each pixel the index of its class among ``names``, which have the background.

    Where outlines lie over each other the smaller one is seen.

    Raises:
        OutlineError: one of them is none, or of a class that is not named.
    """
    inside = [(_index(outline, names), *_inside(outline, picture.size)) for outline in picture.outlines]
    mask = np.full(picture.size, list(names).index(BACKGROUND), np.uint8)
    for index, place, pixels in sorted(inside, key=lambda each: -int(each[2].sum())):
        mask[place][pixels] = index
    return mask


def _index(outline: Outline, names: Sequence[str]) -> int:
    if outline.name not in names:
        raise OutlineError(outline.mark, f"its category '{outline.name}' is none of the classes: {', '.join(names)}")
    return list(names).index(outline.name)


def _inside(outline: Outline, size: tuple[int, int]) -> tuple[_Place, np.ndarray]:
    """Booleans of a part of the picture: a large one may have thousands of small objects."""
    shape = outline.shape
    if isinstance(shape, dict):
        return _cropped(_of_runs(_runs(outline, size), size))
    if not isinstance(shape, list) or not all(map(_is_polygon, shape)):
        rule = (
            "its segmentation must be a list of polygons, [[x, y, x, y, x, y, ...], ...] of three points or more each, "
            "or run lengths, {size: [height, width], counts: ...}"
        )
        raise OutlineError(outline.mark, rule)
    polygons = [np.array(polygon, np.float64).reshape(-1, 2) for polygon in shape]
    place = _around(np.concatenate(polygons), size)
    rows, columns = place
    inside = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    for polygon in polygons:
        inside |= _of_polygon(polygon - (columns.start, rows.start), inside.shape)
    return place, inside


def _around(points: np.ndarray, size: tuple[int, int]) -> _Place:
    """Whole pixels around some points ``(n, 2)``, as far as the picture has them."""
    limits = (size[1], size[0])
    left, top = np.clip(np.floor(points.min(axis=0)), 0, limits).astype(int).tolist()
    right, bottom = np.clip(np.ceil(points.max(axis=0)), (left, top), limits).astype(int).tolist()
    return slice(top, bottom), slice(left, right)


def _cropped(inside: np.ndarray) -> tuple[_Place, np.ndarray]:
    """The part of a picture that has all that is inside."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), bool)
    place = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return place, inside[place].copy()


def _is_polygon(given: Any) -> bool:
    numbers = isinstance(given, list) and all(isinstance(one, (int, float)) and math.isfinite(one) for one in given)
    return numbers and len(given) >= 6 and len(given) % 2 == 0


def _of_polygon(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels whose centre has an odd number of edges to its left."""
    height, width = size
    crossings = np.zeros((height, width + 1), np.int32)
    for (x, y), (next_x, next_y) in zip(points, np.roll(points, -1, axis=0), strict=True):
        low, high = sorted((y, next_y))
        rows = np.arange(max(0, math.ceil(low - 0.5)), min(height, math.ceil(high - 0.5)))
        if len(rows):
            at = x + (rows + 0.5 - y) * ((next_x - x) / (next_y - y))
            crossings[rows, np.clip(np.ceil(at - 0.5), 0, width).astype(int)] += 1
    return np.asarray(np.cumsum(crossings[:, :-1], axis=1) % 2 == 1)


def _runs(outline: Outline, size: tuple[int, int]) -> list[int]:
    """Lengths of runs outside and inside, in turn, down one column after the other."""
    shape = outline.shape
    counts = shape.get("counts")
    if shape.get("size") != list(size):
        rule = f"its run lengths must be of the size of the picture, {list(size)}, and are of {shape.get('size')}"
        raise OutlineError(outline.mark, rule)
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(isinstance(run, int) and run >= 0 for run in runs):
        rule = "its counts must be a list of whole numbers from 0 on, or a text as COCO's own tools write it"
        raise OutlineError(outline.mark, rule)
    if sum(runs) != math.prod(size):
        rule = f"its run lengths must add up to the pixels of the picture, {math.prod(size)}, and are {sum(runs)}"
        raise OutlineError(outline.mark, rule)
    return runs


def _of_runs(runs: list[int], size: tuple[int, int]) -> np.ndarray:
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.asarray(inside.reshape(size, order="F"))


def _unpacked(packed: str) -> list[int] | None:
    """COCO's packing (rleFrString in its maskApi.c): five bits a letter, the sixth says that more follow.

    From the fourth number on each is told as what it is more than the one before the last.
    """
    runs: list[int] = []
    value = bits = 0
    for letter in map(ord, packed):
        if letter not in _LETTERS:
            return None
        part = letter - _LETTERS.start
        value |= (part & 31) << bits
        bits += 5
        if part & 32:
            continue
        if part & 16:  # negative
            value -= 1 << bits
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = bits = 0
    return None if bits else runs
