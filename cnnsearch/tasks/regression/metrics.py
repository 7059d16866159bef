"""Errors of predicted numbers, one for each output, in the targets' unit: as scikit-learn defines them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["SCORES", "mean_errors", "median_errors", "r2_scores", "root_mean_squares"]


def mean_errors(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean absolute error, ``(outputs,)``; both inputs ``(n, outputs)``."""
    errors: np.ndarray = np.abs(values - targets).mean(axis=0)
    return errors


def root_mean_squares(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Root of the mean squared error; shapes as of :func:`mean_errors`."""
    errors: np.ndarray = np.sqrt(np.square(values - targets).mean(axis=0))
    return errors


def r2_scores(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of the variance that is explained; shapes as of :func:`mean_errors`."""
    rest = np.square(values - targets).sum(axis=0)
    return explained(rest, np.square(targets - targets.mean(axis=0)).sum(axis=0))


def median_errors(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Median absolute error; shapes as of :func:`mean_errors`."""
    errors: np.ndarray = np.median(np.abs(values - targets), axis=0)
    return errors


def explained(rest: np.ndarray, total: np.ndarray) -> np.ndarray:
    """R2 of sums of squares that broadcast; of targets that are all equal 1 where each is met, else 0."""
    shares = 1.0 - np.divide(rest, total, out=np.ones(np.broadcast(rest, total).shape), where=total > 0)
    met: np.ndarray = np.where((total <= 0) & (rest <= 0), 1.0, shares)
    return met


SCORES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mae": mean_errors,
    "rmse": root_mean_squares,
    "r2": r2_scores,
    "median_error": median_errors,
}
"""Metric -> targets and values, ``(n, outputs)`` each -> its value for each output."""
