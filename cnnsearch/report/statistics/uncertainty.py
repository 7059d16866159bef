"""How far the shares of a finite validation set can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.report.statistics.clusters import Clusters

__all__ = ["Interval", "difference_p_value", "one_sided_p_value", "paired_interval", "paired_p_value", "wilson"]

_Z = 1.959963984540054
"""Two-sided 95% point of the normal distribution."""

_MOST_STEPS = 500_000_000
"""Of an exact test of clusters: some tenths of a second."""


@dataclass(frozen=True)
class Interval:
    """A 95% interval for a share that was counted on ``n`` pictures, or knows as much as so many would tell."""

    low: float
    high: float
    n: float


def wilson(share: float, n: float) -> Interval:
    """Wilson's score interval (1927), which stays within 0..1 and holds up near its ends."""
    weight = _Z**2 / n
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    # At its ends the interval ends there too, which rounding would miss by a bit.
    return Interval(max(0.0, middle - half) if share > 0 else 0.0, min(1.0, middle + half) if share < 1 else 1.0, n)


def paired_p_value(right: np.ndarray, other: np.ndarray, clusters: Clusters | None = None) -> float:
    """McNemar's exact test of two classifiers on the same pictures.

    Of clusters it is the exact test in which the sign of each one's difference may as well be the other (Fisher 1935,
    section 21), which is McNemar's where each picture is one by itself.

    Args:
        right: ``(n,)`` booleans, where the one is right.
        other: ``(n,)`` booleans, where the other is.
        clusters: of the pictures; left out, each is one by itself.
    """
    if clusters is not None and not clusters.are_single:
        differences = _differences(right, other, clusters)
        return min(1.0, 2 * min(_flipped(differences), _flipped(-differences)))
    gained, lost = int((right & ~other).sum()), int((~right & other).sum())
    trials = gained + lost
    ways = tail = 1  # of k in trials, each from the last: thousands of pictures may differ
    for k in range(min(gained, lost)):
        ways = ways * (trials - k) // (k + 1)
        tail += ways
    return min(1.0, float(2 * tail / 2**trials))


def paired_interval(
    right: np.ndarray, other: np.ndarray, clusters: Clusters | None = None
) -> tuple[float, float, float]:
    """By how much the share of the one is above that of the other on the same pictures, and a 95% interval of that.

    Wald's, after half a picture was added to each of the four counts (Agresti and Min 2005, Statistics in Medicine 24,
    729-740): it holds up where few pictures differ, or none. Of clusters it is that of their differences, after half
    of a mean cluster was, with Student's t.

    Args:
        right, other, clusters: as of :func:`paired_p_value`.
    """
    if clusters is not None and not clusters.are_single:
        return _clustered_interval(_differences(right, other, clusters), clusters.sizes)
    n, gained, lost = len(right), int((right & ~other).sum()), int((~right & other).sum())
    middle = (gained - lost) / (n + 2)
    half = _Z * math.sqrt(gained + lost + 1 - (gained - lost) ** 2 / (n + 2)) / (n + 2)
    return (gained - lost) / n, max(-1.0, middle - half), min(1.0, middle + half)


def one_sided_p_value(right: np.ndarray, other: np.ndarray, clusters: Clusters | None = None) -> float:
    """That test, that the one is no better than the other; arguments as of :func:`paired_p_value`."""
    if clusters is not None and not clusters.are_single:
        return _flipped(_differences(right, other, clusters))
    from scipy.stats import binom

    gained, lost = int((right & ~other).sum()), int((~right & other).sum())
    return float(binom.sf(gained - 1, gained + lost, 0.5))


def difference_p_value(share: float, other: float, n: float) -> float:
    """Two-sided test of two shares on ``n`` independent pictures each, without knowing on which pictures they agree."""
    pooled = (share + other) / 2
    error = math.sqrt(2 * pooled * (1 - pooled) / n)
    return 1.0 if error == 0 else math.erfc(abs(share - other) / error / math.sqrt(2))


def _differences(right: np.ndarray, other: np.ndarray, clusters: Clusters) -> np.ndarray:
    """On how many more pictures of each cluster the one is right, ``(clusters,)``."""
    return clusters.sums(right.astype(int) - other.astype(int)).round().astype(np.int64)


def _flipped(differences: np.ndarray) -> float:
    """The chance of a sum that is as large, or larger, where each sign may as well be the other."""
    sizes = np.abs(differences[differences != 0])
    total, found = int(sizes.sum()), int(differences.sum())
    if len(sizes) * total > _MOST_STEPS:  # the normal distribution to which it comes
        return 0.5 * math.erfc(found / math.sqrt(2 * float((sizes.astype(float) ** 2).sum())))
    chances = np.zeros(total + 1)  # of how much is added, and not taken away
    chances[0] = 1.0
    for size in sizes.tolist():
        chances[size:] = (chances[size:] + chances[:-size]) / 2
        chances[:size] /= 2
    return min(1.0, float(chances[(total + found) // 2 :].sum()))


def _clustered_interval(differences: np.ndarray, sizes: np.ndarray) -> tuple[float, float, float]:
    from scipy.stats import t

    n, mean = int(sizes.sum()), float(sizes.mean())
    of = n + 2 * mean
    middle = float(differences.sum()) / of
    squares = float(((differences - middle * sizes) ** 2).sum()) + mean**2 * (1 + 2 * middle**2)
    half = float(t.ppf(0.975, len(sizes) - 1)) * math.sqrt(squares) / of
    return float(differences.sum()) / n, max(-1.0, middle - half), min(1.0, middle + half)
