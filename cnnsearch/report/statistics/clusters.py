"""Clusters: pictures that are parts of one, as its tiles. They are alike, so that one is what another draw changes.

Resamples draw clusters with all that is in them (Davison and Hinkley 1997, section 3.8), and tests are of the clusters'
pseudo-values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Clusters"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which of ``n`` pictures are parts of one.

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
            raise ValueError(f"tells of {len(numbers)} tiles, and there are {n}")
        order = np.argsort(numbers, kind="stable")
        return cls(tuple(np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)))

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def are_single(self) -> bool:
        """Whether each picture is one by itself."""
        return all(len(each) == 1 for each in self.members)

    def drawn(self, chosen: np.ndarray) -> np.ndarray:
        """The pictures of these clusters, of one that is there twice twice."""
        return np.concatenate([self.members[index] for index in chosen.tolist()])

    def items(self, values: np.ndarray) -> np.ndarray:
        """What each cluster contributes, ``(clusters,)``, where each picture contributes ``values``, ``(n,)``.

        Their mean is the same. What leaving a cluster out changes is the sum of what its pictures change, to first
        order: influences add up (Efron and Tibshirani 1993, chapter 21).
        """
        if self.are_single:
            return values
        scores = np.asarray(values, float)
        mean = scores.mean()
        off = np.array([(scores[members] - mean).sum() for members in self.members])
        return np.asarray(mean + off * len(self) / len(scores))
