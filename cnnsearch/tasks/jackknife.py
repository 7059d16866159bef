"""What each picture contributes to a metric that is no mean over pictures: jackknife pseudo-values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["BLOCKS", "MOST_LEFT_OUT", "are_of_each", "pseudo_values", "pseudo_values_of"]

MOST_LEFT_OUT = 300
"""Of so many pictures each is left out by itself."""

BLOCKS = 100
"""Of more pictures, so many groups are left out one after the other; the error is known to 7 % then."""


def pseudo_values(n: int, score: Callable[[np.ndarray], float]) -> np.ndarray:
    """``(n,)`` values whose mean's error, as that of independent pictures, is the jackknife's error of the metric.

    Of one picture it is ``n`` times the metric minus ``n - 1`` times what it is without that picture (Tukey 1958;
    Efron and Tibshirani 1993, chapter 11): of a mean, the picture's own number. Where a group of pictures is left out
    (Busing, Meijer and van der Leeden 1999, Statistics and Computing 9, 3-8), all of them get the group's pseudo-value
    with its distance from the metric widened, as they are not so many independent ones. Linear in the metric, so that
    values of two models on the same pictures may be subtracted.

    Args:
        n: pictures.
        score: the metric of those that stay: indices, ascending -> its value.
    """
    everything = np.arange(n)
    whole = score(everything)
    if n <= MOST_LEFT_OUT:
        without = np.array([score(np.delete(everything, index)) for index in range(n)])
        return np.asarray(n * whole - (n - 1) * without)
    # Pictures often lie sorted by class, and a group is to be like any other.
    groups = np.array_split(np.random.default_rng(n).permutation(n), BLOCKS)
    values = np.empty(n)
    for group in groups:
        times = n / len(group)
        off = (times - 1) * (whole - score(np.delete(everything, group)))
        values[group] = whole + off * np.sqrt(n * (n - 1) / (BLOCKS * len(group) * (times - 1)))
    return values


def are_of_each(values: np.ndarray) -> bool:
    """Whether each picture was left out by itself: else what two of them change together is not the sum of theirs."""
    return len(values) <= MOST_LEFT_OUT


def pseudo_values_of(predictions: Predictions, metric: str) -> np.ndarray:
    """Those of any metric of some predictions, ``(n,)``."""
    return pseudo_values(len(predictions), lambda stay: predictions.take(stay).scores([metric])[metric])
