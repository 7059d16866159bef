"""Means over the folds of cross-validation, that hold for other pictures to train on and to judge by.

Trainings of folds share most of their pictures, so their values are no independent draws: the plain t test finds
differences that are none. Nadeau and Bengio (2003, Machine Learning 52, 239-281) add to the variance of the mean what
the shared pictures hide: of ``k`` values with the variance ``s2`` it is ``(1/k + judged/trained) * s2``, with ``k - 1``
degrees of freedom. Over several partitions of ``folds`` folds these are all of their values (Bouckaert and Frank 2004).
It is an approximation: no unbiased estimate of that variance exists (Bengio and Grandvalet 2004, JMLR 5, 1089-1105).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ResampledMean", "resampled_mean"]

_ROUNDING = 1e-12
"""Of values of folds: a spread that is smaller is none."""


@dataclass(frozen=True)
class ResampledMean:
    """A mean over folds.

    Attributes:
        mean: the mean.
        error: its standard error, corrected.
        count: values.
        worth: how many independent values have a mean with the same error.
    """

    mean: float
    error: float
    count: int
    worth: float

    @property
    def is_alike(self) -> bool:
        """Whether all values are the same, but for rounding: they tell no error."""
        return self.error < _ROUNDING

    @property
    def p_above(self) -> float:
        """One-sided probability of a mean as large as this or larger if the true one is 0."""
        from scipy.stats import t

        if self.is_alike:
            # What is left is the chance that all fall to the same side, of as many as are worth an independent one.
            return 0.5**self.worth if self.mean > 0 else 1.0
        return float(t.sf(self.mean / self.error, self.count - 1))

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Of the true mean, by the t distribution; ``None`` where all values are alike."""
        from scipy.stats import t

        if self.is_alike:
            return None
        half = float(t.ppf(0.5 + confidence / 2, self.count - 1)) * self.error
        return self.mean - half, self.mean + half


def resampled_mean(values: Sequence[float], folds: int) -> ResampledMean:
    """The mean of the values of folds with its error.

    Args:
        values: of all folds of one partition or of several, at least two.
        folds: of a partition.
    """
    count = len(values)
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    inflated = 1 / count + 1 / (folds - 1)
    return ResampledMean(mean, math.sqrt(inflated * variance), count, 1 / inflated)
