"""Which boxes that were told are those that are there, as COCO's evaluation matches them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.tasks.detection.boxes import CLASS, PIXELS, areas, crowd_of, is_crowd, overlaps, parts_of, within

__all__ = ["MOST", "OVERLAPS", "SIZES", "Matches", "matched"]

OVERLAPS = np.linspace(0.5, 0.95, 10)
"""Intersection over union from which a box is found, as COCO has them."""

SIZES = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""Pixels of a box, both ends included; boxes of others are neither there nor missed."""

MOST = 100
"""Boxes of a class that are looked at of a picture: those of the highest scores."""

_SCORE, _TOLD_CLASS = 4, 5


@dataclass(frozen=True, eq=False)
class Matches:
    """Of boxes of one range of sizes.

    Attributes:
        pictures, classes, scores: ``(k,)`` of each box that was told, in descending order of the scores.
        right: ``(k, overlaps)`` whether it is one that is there.
        counts: likewise, whether it counts at all: one of another size does not.
        there: ``(n, classes)`` how many there are of each picture.
    """

    pictures: np.ndarray
    classes: np.ndarray
    scores: np.ndarray
    right: np.ndarray
    counts: np.ndarray
    there: np.ndarray


def matched(true: np.ndarray, told: np.ndarray, classes: int, size: str) -> Matches:
    """Each box of a class, the likeliest first, takes the box of the class that it overlaps most and none has taken.

    A box that takes none, and of which enough lies in a crowd of the class, does not count.

    Args:
        true: ``(n, m, 6)``, see :mod:`cnnsearch.tasks.detection.boxes`.
        told: ``(n, k, 6)``: box, score and class of each, or class -1.
        classes: how many there are.
        size: one of :data:`SIZES`.
    """
    is_true, is_told = true[..., CLASS] >= 0, told[..., _TOLD_CLASS] >= 0
    pixels = true[:, :1, PIXELS].astype(np.float64)
    is_asked, of_size = (_of_size(areas(boxes[..., :4].astype(np.float64)) * pixels, size) for boxes in (true, told))
    is_asked &= is_true
    right = np.zeros((*told.shape[:2], len(OVERLAPS)), bool)
    counts = np.repeat(of_size[..., np.newaxis], len(OVERLAPS), axis=-1)
    for part in parts_of(told, true):
        is_told[part] = _looked_at(told[part])
        _match(true[part], told[part], is_asked[part], is_told[part], right[part], counts[part])
    pictures, places = np.nonzero(is_told)
    ranked = np.argsort(-told[pictures, places, _SCORE], kind="stable")
    pictures, places = pictures[ranked], places[ranked]
    there = np.zeros((len(true), classes), np.int64)
    at, rows = np.nonzero(is_asked)
    np.add.at(there, (at, true[at, rows, CLASS].astype(int)), 1)
    found = (told[pictures, places, _TOLD_CLASS].astype(int), told[pictures, places, _SCORE])
    return Matches(pictures, *found, right[pictures, places], counts[pictures, places], there)


def _of_size(pixels: np.ndarray, size: str) -> np.ndarray:
    least, most = SIZES[size]
    return np.asarray((pixels >= least) & (pixels <= most))


def _looked_at(told: np.ndarray) -> np.ndarray:
    """``(n, k)``, whether a box is among the :data:`MOST` of its class and picture."""
    is_told = told[..., _TOLD_CLASS] >= 0
    if told.shape[1] <= MOST:
        return np.asarray(is_told)
    same = told[:, :, None, _TOLD_CLASS] == told[:, None, :, _TOLD_CLASS]
    scores = told[..., _SCORE]
    ahead = scores[:, None, :] > scores[:, :, None]
    ahead |= (scores[:, None, :] == scores[:, :, None]) & np.tri(told.shape[1], k=-1, dtype=bool)
    return np.asarray(is_told & ((same & ahead).sum(axis=-1) < MOST))


def _match(
    true: np.ndarray,
    told: np.ndarray,
    is_asked: np.ndarray,
    is_told: np.ndarray,
    right: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Fill in ``right`` and ``counts`` of some pictures."""
    boxes, others, crowds = told[..., :4].astype(np.float64), true[..., :4].astype(np.float64), is_crowd(true)
    shared = overlaps(boxes, others)
    if crowds.any():
        shared = np.where(crowds[:, None], within(boxes, others), shared)
    of_class = np.where(crowds, crowd_of(true[..., CLASS]), true[..., CLASS])
    shared[(told[..., None, _TOLD_CLASS] != of_class[:, None]) | (of_class[:, None] < 0)] = -1.0
    free = np.ones((len(true), len(OVERLAPS), true.shape[1]), bool)
    every = np.arange(len(true))
    order = np.argsort(np.where(is_told, -told[..., _SCORE], np.inf), axis=1, kind="stable")
    for places in order[:, : is_told.sum(axis=1).max(initial=0)].T:
        one = np.flatnonzero(is_told[every, places])
        at = places[one]
        enough = free[one] & (shared[one, at][:, np.newaxis] >= np.minimum(OVERLAPS, 1 - 1e-10)[:, np.newaxis])
        asked = enough & is_asked[one, np.newaxis]
        has = asked.any(axis=-1)
        # One of another size is taken only where there is none of this one; such a box does not count.
        enough = np.where(has[..., np.newaxis], asked, enough)
        taken = _last_best(np.where(enough, shared[one, at][:, np.newaxis], -1.0))
        pictures, thresholds = np.nonzero(enough.any(axis=-1))
        free[one[pictures], thresholds, taken[pictures, thresholds]] = False
        free |= crowds[:, np.newaxis]  # which have room for more
        right[one, at] = has
        counts[one, at] = has | (counts[one, at] & ~enough.any(axis=-1))


def _last_best(values: np.ndarray) -> np.ndarray:
    """Along the last axis; of several that are equal the last one, as COCO's evaluation takes it."""
    return np.asarray(values.shape[-1] - 1 - values[..., ::-1].argmax(axis=-1))
