"""Boxes at rest: rows of numbers, as many for each picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.letterbox import Frames

__all__ = [
    "CLASS",
    "COLUMNS",
    "NOTHING",
    "PIXELS",
    "areas",
    "crowd_of",
    "is_crowd",
    "overlaps",
    "parts_of",
    "resized",
    "stacked",
    "within",
]

COLUMNS = 6
"""Left, top, right, bottom, class, and how many pixels of the picture as it lies one pixel of the network covers: sizes
of objects are told in pixels of the picture, whatever it is resized to."""

CLASS, PIXELS = 4, 5

NOTHING = -1.0
"""Where a picture has fewer boxes than there are rows: in all columns but the last."""


def crowd_of(of_class: Any) -> Any:
    """What stands in the place of the class where a box is a crowd of objects of it, and the other way round.

    It is below :data:`NOTHING`, so that whoever asks what is there finds no object.
    """
    return NOTHING - 1 - of_class


def is_crowd(rows: np.ndarray) -> np.ndarray:
    """``(...,)`` of rows ``(..., 6)`` at rest."""
    return np.asarray(rows[..., CLASS] < NOTHING)


def stacked(boxes: Sequence[np.ndarray], most: int) -> np.ndarray:
    """``(n, most, 6)`` float32, at rest.

    Args:
        boxes: of each picture ``(k, 5)``, the box and the index of its class.
        most: rows of each.
    """
    found = np.full((len(boxes), most, COLUMNS), NOTHING, np.float32)
    found[..., PIXELS] = 1.0
    for rows, of in zip(found, boxes, strict=True):
        rows[: len(of), :PIXELS] = of
    return found


def resized(rows: np.ndarray, of: Frames) -> np.ndarray:
    """Rows ``(n, m, 6)`` of pictures as they lie, in pixels of the network."""
    found = rows.astype(np.float64)
    found[..., :CLASS] = of.to_network(found[..., :CLASS])
    found[..., :CLASS][rows[..., CLASS] == NOTHING] = NOTHING
    found[..., PIXELS] /= of.factors.prod(axis=1)[:, np.newaxis]
    return found.astype(np.float32)


_PAIRS = 2**22
"""Pairs of boxes whose overlaps are held at once: a picture with very many makes all of them wide."""


def parts_of(one: np.ndarray, other: np.ndarray) -> Iterator[slice]:
    """Pictures, a part at a time, of which all pairs of boxes fit into memory: of ``(n, k, 6)`` and ``(n, m, 6)``."""
    step = max(1, _PAIRS // max(1, one.shape[1] * max(one.shape[1], other.shape[1])))
    yield from (slice(first, first + step) for first in range(0, len(one), step))


def areas(boxes: np.ndarray) -> np.ndarray:
    """``(...,)`` of boxes ``(..., 4)``."""
    return np.asarray((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]))


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of each with each, ``(..., k, m)``, of boxes ``(..., k, 4)`` and ``(..., m, 4)``."""
    shared = _shared(one, other)
    union = areas(one)[..., :, None] + areas(other)[..., None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def within(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Share of each of the first that lies in each of the others; shapes as of :func:`overlaps`."""
    shared, of = _shared(one, other), areas(one)[..., :, None]
    return np.asarray(np.divide(shared, of, out=np.zeros_like(shared), where=of > 0))


def _shared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    left = np.maximum(one[..., :, None, :2], other[..., None, :, :2])
    right = np.minimum(one[..., :, None, 2:4], other[..., None, :, 2:4])
    return np.asarray(np.clip(right - left, 0.0, None).prod(axis=-1))
