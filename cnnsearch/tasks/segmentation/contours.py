"""Boundaries of classes, and how far those that are told lie from those that are there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnsearch.tasks.segmentation.masks import VOID

__all__ = ["PERCENT", "TOLERANCE", "Contours"]

TOLERANCE = 0.0075
"""Share of a picture's diagonal within which a boundary is right, at least one pixel (Csurka et al. 2013)."""

PERCENT = 95
"""Of a boundary, that count in Hausdorff's distance: a few pixels far away do not decide."""


@dataclass(frozen=True, eq=False)
class Contours:
    """Of masks ``(n, height, width)``, compared when they are first asked for.

    A boundary of a class are its pixels above, below or beside which one of another class lies: the edge of a picture
    is none, nor is that of what is void.

    Attributes:
        true, told: as of :class:`~cnnsearch.tasks.segmentation.predictions.MaskPredictions`.
        classes: how many there are.
    """

    true: np.ndarray
    told: np.ndarray
    classes: int

    @cached_property
    def numbers(self) -> np.ndarray:
        """``(n, classes, 3)`` float64: boundary F1, 95 % of Hausdorff's distance in pixels, and 1.

        All are 0 of a class that has no boundary in either mask. Where one mask has none the F1 is 0, and the distance
        is the diagonal.
        """
        found = np.zeros((len(self.true), self.classes, 3))
        for row, true, told in zip(found, self.true, self.told, strict=True):
            known = true != VOID
            for index in np.union1d(np.unique(true[known]), np.unique(told[known])).tolist():
                here, there = (_boundary((mask == index) & known, known) for mask in (true, told))
                if len(here) or len(there):
                    row[index] = (*_compared(here, there, float(np.hypot(*true.shape))), 1.0)
        return found


def _boundary(of_class: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Rows and columns ``(k, 2)`` of pixels that have a neighbour of another class."""
    other = np.pad(known & ~of_class, 1)
    beside = other[:-2, 1:-1] | other[2:, 1:-1] | other[1:-1, :-2] | other[1:-1, 2:]
    return np.argwhere(of_class & beside)


def _compared(true: np.ndarray, told: np.ndarray, diagonal: float) -> tuple[float, float]:
    """F1 within the tolerance, and the larger of the distances within which 95 % of each boundary is of the other."""
    from scipy.spatial import KDTree

    if not len(true) or not len(told):
        return 0.0, diagonal
    missed, beyond = KDTree(told).query(true)[0], KDTree(true).query(told)[0]
    within = max(1.0, TOLERANCE * diagonal)
    recall, precision = float((missed <= within).mean()), float((beyond <= within).mean())
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f1, float(max(np.percentile(missed, PERCENT), np.percentile(beyond, PERCENT)))
