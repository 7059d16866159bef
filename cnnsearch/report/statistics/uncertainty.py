"""How far the shares of a finite validation set can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Interval", "difference_p_value", "one_sided_p_value", "paired_interval", "paired_p_value", "wilson"]

_Z = 1.959963984540054
"""Two-sided 95% point of the normal distribution."""


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


def paired_p_value(right: np.ndarray, other: np.ndarray) -> float:
    """McNemar's exact test of two classifiers on the same pictures.

    Args:
        right: ``(n,)`` booleans, where the one is right.
        other: ``(n,)`` booleans, where the other is.
    """
    gained, lost = int((right & ~other).sum()), int((~right & other).sum())
    trials = gained + lost
    ways = tail = 1  # of k in trials, each from the last: thousands of pictures may differ
    for k in range(min(gained, lost)):
        ways = ways * (trials - k) // (k + 1)
        tail += ways
    return min(1.0, float(2 * tail / 2**trials))


def paired_interval(right: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """By how much the share of the one is above that of the other on the same pictures, and a 95% interval of that.

    Wald's, after half a picture was added to each of the four counts (Agresti and Min 2005, Statistics in Medicine 24,
    729-740): it holds up where few pictures differ, or none.

    Args:
        right, other: as of :func:`paired_p_value`.
    """
    n, gained, lost = len(right), int((right & ~other).sum()), int((~right & other).sum())
    middle = (gained - lost) / (n + 2)
    half = _Z * math.sqrt(gained + lost + 1 - (gained - lost) ** 2 / (n + 2)) / (n + 2)
    return (gained - lost) / n, max(-1.0, middle - half), min(1.0, middle + half)


def one_sided_p_value(right: np.ndarray, other: np.ndarray) -> float:
    """McNemar's exact test that the one is no better than the other; arguments as of :func:`paired_p_value`."""
    from scipy.stats import binom

    gained, lost = int((right & ~other).sum()), int((~right & other).sum())
    return float(binom.sf(gained - 1, gained + lost, 0.5))


def difference_p_value(share: float, other: float, n: int) -> float:
    """Two-sided test of two shares on ``n`` pictures each, without knowing on which pictures they agree."""
    pooled = (share + other) / 2
    error = math.sqrt(2 * pooled * (1 - pooled) / n)
    return 1.0 if error == 0 else math.erfc(abs(share - other) / error / math.sqrt(2))
