"""What masks are judged by, from a few numbers of each picture and class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnsearch.tasks.contract.metrics import UndefinedError

__all__ = ["BY_CLASS", "OF_CONTOURS", "SCORES", "leave_one_out"]


def _iou(cells: np.ndarray) -> np.ndarray:
    """Jaccard's index of each class, ``(..., classes)``; NaN where it is neither there nor told."""
    both, true, told = np.moveaxis(cells.astype(float), -1, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(both / (true + told - both))


def _dice(cells: np.ndarray) -> np.ndarray:
    """The index of Dice and Sorensen, likewise."""
    both, true, told = np.moveaxis(cells.astype(float), -1, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * both / (true + told))


def _mean(of: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def mean(cells: np.ndarray) -> np.ndarray:
        found = of(cells)
        defined = np.isfinite(found)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(defined, found, 0.0).sum(axis=-1) / defined.sum(axis=-1))

    return mean


def _accuracy(cells: np.ndarray) -> np.ndarray:
    """Share of the pixels whose class is told."""
    both, true, _ = np.moveaxis(cells.astype(float), -1, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(both.sum(axis=-1) / true.sum(axis=-1))


def _mean_over_pictures(place: int) -> Callable[[np.ndarray], np.ndarray]:
    """Of each class, over the pictures that have a boundary of it or are told one; NaN where there are none."""

    def mean(cells: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.asarray(cells[..., place] / cells[..., 2])

    return mean


_boundary_f1, _hausdorff_95 = _mean_over_pictures(0), _mean_over_pictures(1)

OF_CONTOURS = frozenset({"boundary_f1", "hausdorff_95", "mean_boundary_f1", "mean_hausdorff_95"})
"""Metrics from sums of what :class:`~cnnsearch.tasks.segmentation.contours.Contours` tells of pictures; all others are
from sums of :func:`~cnnsearch.tasks.segmentation.masks.cells_of`. Both are ``(..., classes, 3)``."""

BY_CLASS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "iou": _iou,
    "dice": _dice,
    "boundary_f1": _boundary_f1,
    "hausdorff_95": _hausdorff_95,
}
"""Metric -> from such sums to that of each class."""

SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean_iou": _mean(_iou),
    "mean_dice": _mean(_dice),
    "pixel_accuracy": _accuracy,
    "mean_boundary_f1": _mean(_boundary_f1),
    "mean_hausdorff_95": _mean(_hausdorff_95),
}
"""Metric -> likewise to ``(...)``; NaN where they do not define it."""


def leave_one_out(cells: np.ndarray, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Jackknife pseudo-values ``(n,)`` of a score of the sum of ``cells``, ``(n, classes, 3)`` (Tukey 1958).

    Raises:
        UndefinedError: without one of the pictures it is not defined.
    """
    n, total = len(cells), cells.sum(axis=0)
    without = score(total[np.newaxis] - cells)
    if not np.isfinite(without).all():
        raise UndefinedError("without one of the pictures it is not defined")
    return np.asarray(n * float(score(total)) - (n - 1) * without)
