"""What boxes are judged by: average precision and recall, by the definitions of COCO (Lin et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.tasks.detection.matching import OVERLAPS, Matches

__all__ = ["RECALLS", "BySize", "curve", "judged"]

RECALLS = np.linspace(0.0, 1.0, 101)
"""At which the precision is read."""

_SMALLEST = np.spacing(1)


@dataclass(frozen=True, eq=False)
class BySize:
    """Of boxes of one range of sizes.

    Attributes:
        precision: average precision, ``(classes, overlaps)``; NaN where no picture has a box of the class.
        recall: share of the boxes that are found at all, likewise.
    """

    precision: np.ndarray
    recall: np.ndarray


def judged(matches: Matches, times: np.ndarray) -> BySize:
    """Of pictures of which each counts so many times.

    Args:
        matches: of the boxes.
        times: ``(n,)`` whole numbers.
    """
    there = times @ matches.there
    precision, recall = (np.full((len(there), len(OVERLAPS)), np.nan) for _ in range(2))
    for number in np.flatnonzero(there).tolist():
        found = curve(matches, times, number)
        precision[number], recall[number] = _average(*found), found[1][-1] if len(found[1]) else 0.0
    return BySize(precision, recall)


def curve(matches: Matches, times: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall of a class that there is, ``(k, overlaps)``, with each box told, the likeliest first.

    Precision is the best at this recall or any higher one.
    """
    of = np.flatnonzero(matches.classes == number)
    weights = times[matches.pictures[of]]
    of = of[weights > 0]
    counted = np.where(matches.counts[of], weights[weights > 0][:, np.newaxis], 0)
    right = np.where(matches.right[of], counted, 0).cumsum(axis=0).astype(float)
    precision = right / (counted.cumsum(axis=0) + _SMALLEST)
    best = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    return best, right / (times @ matches.there[:, number])


def _average(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Over :data:`RECALLS`, ``(overlaps,)``; 0 where the recall is never reached."""
    if not len(recall):
        return np.zeros(len(OVERLAPS))
    padded = np.vstack([precision, np.zeros(len(OVERLAPS))])
    columns = range(len(OVERLAPS))
    return np.array([padded[np.searchsorted(recall[:, at], RECALLS), at].mean() for at in columns])
