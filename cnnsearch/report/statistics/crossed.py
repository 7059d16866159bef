"""Means over seeds and pictures that hold for other seeds and other pictures.

A config that is trained on ``s`` seeds and judged on the same ``n`` pictures each time gives ``(s, n)`` scores. Which
seeds and which pictures these were is chance, and the two are crossed: what readers and cases are to radiologists who
compare two ways of taking pictures. The model is ``score = mean + seed + picture + rest``, all three random, and the
test that of Dorfman, Berbaum and Metz (1992) with the degrees of freedom of Hillis (2007, Statistics in Medicine 26,
596-619), which was found to keep its level with few readers. Scores that are no mean over pictures, as F1, are
represented by their jackknife pseudo-values, as there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.report.statistics.uncertainty import wilson

if TYPE_CHECKING:
    from cnnsearch.report.statistics.uncertainty import Interval

__all__ = ["CrossedMean", "crossed_mean"]


_ROUNDING = 1e-12
"""Of sums over scores: an error that is smaller is none."""


@dataclass(frozen=True)
class CrossedMean:
    """A mean over seeds and pictures.

    Attributes:
        mean: the mean.
        error: its standard error, over seeds and pictures.
        df: degrees of freedom of that.
        seeds, pictures: numbers of both.
        from_pictures: share of the squared error that other pictures would change; 0..1.
    """

    mean: float
    error: float
    df: float
    seeds: int
    pictures: int
    from_pictures: float

    @property
    def is_alike(self) -> bool:
        """Whether all scores are the same, but for rounding: they tell no error."""
        return self.error < _ROUNDING

    @property
    def p_above(self) -> float:
        """One-sided probability of a mean as large as this or larger if the true one is 0."""
        from scipy.stats import t

        if self.is_alike:
            # Seeds that change nothing are no independent draws, so that they tell as much as one: on which side it is.
            return 0.5 if self.mean > 0 else 1.0
        return float(t.sf(self.mean / self.error, self.df))

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Of the true mean, by the t distribution; ``None`` where all scores are alike."""
        if self.is_alike:
            return None
        half = self._quantile(confidence) * self.error
        return self.mean - half, self.mean + half

    def share_interval(self, most: int = 0) -> Interval:
        """95% interval of a mean that is a share: Wilson's, with the number of independent pictures that would give
        the same error (Korn and Graubard 1998, Survey Methodology 24, 193-201), never more than there are.

        Args:
            most: how many these are, where clusters of them were compared.
        """
        n = float(self.pictures)
        if not self.is_alike:
            shrunk = (self._quantile(0.95) / 1.959963984540054) ** 2
            n = min(max(n, most), self.mean * (1 - self.mean) / (self.error**2 * shrunk))
        return wilson(self.mean, max(1.0, n))

    def _quantile(self, confidence: float) -> float:
        from scipy.stats import t

        return float(t.ppf(0.5 + confidence / 2, self.df))


def crossed_mean(scores: np.ndarray) -> CrossedMean:
    """The mean of ``(seeds, pictures)`` scores with its error; one picture: the scores are known by seed only.

    Raises:
        ValueError: there is one seed and one picture, so nothing tells an error.
    """
    seeds, pictures = scores.shape
    if seeds == pictures == 1:
        raise ValueError("one score has no error")
    mean = float(scores.mean())
    by_seed, by_picture = scores.mean(axis=1), scores.mean(axis=0)
    of_seeds = pictures * float(((by_seed - mean) ** 2).sum()) / (seeds - 1) if seeds > 1 else 0.0
    of_pictures = seeds * float(((by_picture - mean) ** 2).sum()) / (pictures - 1) if pictures > 1 else 0.0
    rest = 0.0
    if seeds > 1 and pictures > 1:
        rest = float(((scores - by_seed[:, None] - by_picture + mean) ** 2).sum()) / ((seeds - 1) * (pictures - 1))
    # Both are larger than the rest but for chance; two or three seeds may by chance agree almost completely.
    beyond, of_seeds = max(0.0, of_pictures - rest), max(of_seeds, rest)
    total = of_seeds + beyond
    df = float(max(seeds, pictures) - 1)
    if seeds > 1 and pictures > 1 and of_seeds > 0:
        df = max(seeds - 1.0, min(df, (total / of_seeds) ** 2 * (seeds - 1)))
    return CrossedMean(
        mean=mean,
        error=math.sqrt(total / scores.size),
        df=df,
        seeds=seeds,
        pictures=pictures,
        from_pictures=beyond / total if total > 0 else 0.0,
    )
