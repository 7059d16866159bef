"""What each picture contributes to a metric of numbers, so that the mean of all is the metric, or nearly.

For means these are the errors; for R2 and the root of the mean square the jackknife's pseudo-values: ``n`` times the
whole minus ``n - 1`` times what it is without the picture, in closed form.

A median has no use for these: without one picture it is one of two or three numbers, and the variance that the
jackknife makes of them converges to nothing (Efron 1982, section 3.4). It gets the first-order term of its expansion
instead (Bahadur 1966), ``median + (1/2 - [error < median]) / density``, with the density at the median estimated from
the quantiles around it (Siddiqui 1960) in the bandwidth of Hall and Sheather (1988). Those are consistent, also for
the differences of two models on the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cnnsearch.tasks.regression.metrics import explained, median_errors, r2_scores, root_mean_squares

__all__ = ["PSEUDO_VALUES"]

_ROUNDING = 1e-12
"""A sum of squares that falls below this share of itself when one picture is taken away is 0: the others are equal."""

_BANDWIDTH = 0.9715
"""Times ``n ** (-1/3)``: Hall and Sheather's at the median, for 95%."""


def _absolute(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values - targets))


def _squares(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    whole, n = root_mean_squares(targets, values), len(targets)
    if n < 2:
        return np.broadcast_to(whole, targets.shape)
    without = np.sqrt(_less(np.square(values - targets)) / (n - 1))
    return np.asarray(n * whole - (n - 1) * without)


def _explained(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    whole, n = r2_scores(targets, values), len(targets)
    if n < 2:
        return np.broadcast_to(whole, targets.shape)
    # Without a picture the mean of the others changes too: the sum of squares falls by n / (n - 1) of its own.
    squares = np.square(targets - targets.mean(axis=0))
    total = squares.sum(axis=0) - n / (n - 1) * squares
    total = np.where(total > _ROUNDING * squares.sum(axis=0), total, 0.0)
    return np.asarray(n * whole - (n - 1) * explained(_less(np.square(values - targets)), total))


def _median(targets: np.ndarray, values: np.ndarray) -> np.ndarray:
    errors, n = np.abs(values - targets), len(targets)
    median = median_errors(targets, values)
    half = min(0.5, _BANDWIDTH * n ** (-1 / 3))
    low, high = np.quantile(errors, (0.5 - half, 0.5 + half), axis=0)
    signs = np.sign(errors - median)
    # Where several errors are the median itself, fewer lie on one side of it than on the other.
    return np.asarray(median + (signs - signs.mean(axis=0)) / 2 * (high - low) / (2 * half))


def _less(parts: np.ndarray) -> np.ndarray:
    """The sum over all pictures without each one, ``(n, outputs)``: of those before it and those after it."""
    none = np.zeros((1, parts.shape[1]))
    before = np.concatenate([none, np.cumsum(parts, axis=0)[:-1]])
    after = np.concatenate([np.cumsum(parts[::-1], axis=0)[-2::-1], none])
    return np.asarray(before + after)


PSEUDO_VALUES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mae": _absolute,
    "rmse": _squares,
    "r2": _explained,
    "median_error": _median,
}
"""Metric -> targets and values, ``(n, outputs)`` each -> ``(n, outputs)``."""
