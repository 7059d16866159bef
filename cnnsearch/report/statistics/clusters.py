"""Clusters: pictures that belong together, as those of one patient, pages of a stack, tiles of a picture, or copies.

They are alike, so that one cluster is what another draw changes. Resamples draw clusters with all that is in them
(Davison and Hinkley 1997, section 3.8), tests are of the clusters, and a share has Wilson's interval of as many
independent pictures as its clusters are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.study.pictures import group_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BY_GROUPS", "Clusters", "clusters_of"]

BY_GROUPS = (
    "Intervals and tests are by groups: pictures that belong together, as those of one patient, parts of one file, or "
    "copies, are alike and count together."
)
"""What a reader of the numbers must know."""

_Z = 1.959963984540054
"""Two-sided 95% point of the normal distribution."""

_ROUNDING = 1e-12
"""A squared error of a share that is smaller is none."""


def clusters_of(study: Study, split: str, n: int) -> Clusters:
    """Of ``n`` predictions of a study's ``validation`` or ``test`` split.

    Raises:
        InputError: the record tells of more or fewer pictures.
    """
    return Clusters.of(group_of(study, split, n), n)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which of ``n`` pictures belong together.

    Attributes:
        members: of each cluster, their indices.
    """

    members: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, numbers: np.ndarray | None, n: int) -> Clusters:
        """By the number of the cluster of each, ``(n,)``; ``None``: each is one by itself.

        Raises:
            ValueError: there are other pictures than numbers.
        """
        if numbers is None:
            return cls(tuple(np.arange(n)[:, None]))
        if len(numbers) != n:
            raise ValueError(f"tells the groups of {len(numbers)} pictures, and there are {n}")
        order = np.argsort(numbers, kind="stable")
        return cls(tuple(np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)))

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def are_single(self) -> bool:
        """Whether each picture is one by itself."""
        return all(len(each) == 1 for each in self.members)

    @property
    def told(self) -> int:
        """How many there are, as reports tell it; 0 where each picture is one by itself."""
        return 0 if self.are_single else len(self)

    @property
    def is_one(self) -> bool:
        """Whether all belong together: others may be different, and nothing tells by how much."""
        return len(self) == 1 and not self.are_single

    @cached_property
    def sizes(self) -> np.ndarray:
        """Pictures of each, ``(clusters,)``."""
        return np.array([len(each) for each in self.members])

    @property
    def fewest(self) -> float:
        """As many independent pictures all these are worth at the least: where those of a cluster are the same
        throughout (Kish 1965, chapter 5); of equal sizes, one each.
        """
        return _kish(self.sizes)

    def worth(self, right: np.ndarray, among: np.ndarray | None = None) -> float:
        """How many independent pictures would tell as much of a share as these do, never more than there are.

        By the jackknife's error of the share, each cluster left out by itself, widened by Student's t as there may be
        few of them (Korn and Graubard 1998, Survey Methodology 24, 193-201). Where nothing varies from one to the
        other, as where all is right, they are worth the fewest. Where each is by itself, all that count.

        Args:
            right: ``(n,)`` booleans, whose share is told.
            among: ``(n,)`` booleans, which of the pictures count; left out, all do.
        """
        counts = np.ones(len(right), bool) if among is None else among
        n = int(counts.sum())
        if self.are_single or not n:
            return n
        whole, hits = self.sums(counts), self.sums(right & counts)
        whole, hits = whole[whole > 0], hits[whole > 0]
        share, clusters = float(hits.sum()) / n, len(whole)
        if clusters == 1:
            return _kish(whole)
        # By how much the share changes without each of them.
        changes = (hits - share * whole) / (n - whole)
        error = float((changes**2).sum()) * (clusters - 1) / clusters
        if error < _ROUNDING:
            return _kish(whole)
        from scipy.stats import t

        widened = error * (float(t.ppf(0.975, clusters - 1)) / _Z) ** 2
        return max(1.0, min(float(n), share * (1 - share) / widened))

    def drawn(self, generator: np.random.Generator) -> np.ndarray:
        """Indices of pictures: as many clusters as there are, drawn anew, each with all that is in it."""
        n = len(self)
        chosen = generator.integers(0, n, n)
        if self.are_single:
            return chosen
        sizes, first = self.sizes[chosen], np.cumsum(self.sizes) - self.sizes
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.asarray(self._order[np.repeat(first[chosen], sizes) + within])

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Of ``(n,)`` values those of each cluster together, ``(clusters,)``."""
        return np.bincount(self._numbers, np.asarray(values, float), len(self))

    def items(self, values: np.ndarray) -> np.ndarray:
        """What each cluster contributes, ``(clusters,)``, where each picture contributes ``values``, ``(n,)``.

        Their mean is the same. What leaving a cluster out changes is the sum of what its pictures change, to first
        order: influences add up (Efron and Tibshirani 1993, chapter 21).
        """
        if self.are_single:
            return values
        scores = np.asarray(values, float)
        mean = scores.mean()
        return np.asarray(mean + self.sums(scores - mean) * len(self) / len(scores))

    @cached_property
    def _numbers(self) -> np.ndarray:
        """``(n,)``, in which cluster each picture is."""
        found = np.empty(len(self._order), np.int64)
        found[self._order] = np.repeat(np.arange(len(self)), self.sizes)
        return found

    @cached_property
    def _order(self) -> np.ndarray:
        """Indices of all pictures, those of a cluster behind each other."""
        return np.concatenate(self.members)


def _kish(sizes: np.ndarray) -> float:
    return float(sizes.sum()) ** 2 / float((sizes.astype(float) ** 2).sum())
