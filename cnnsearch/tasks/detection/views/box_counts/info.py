"""How many boxes pictures have, and how many were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BoxCountsInfo", "CountPair", "box_counts_info"]


@dataclass(frozen=True)
class CountPair:
    """Pictures alike.

    Attributes:
        there: boxes that each has.
        told: boxes that were told of each.
        pictures: how many there are.
    """

    there: int
    told: int
    pictures: int


@dataclass(frozen=True)
class BoxCountsInfo:
    """All validation pictures.

    Attributes:
        trial: the best one; ``None`` where there is none.
        pairs: in the order of their numbers.
        score: from which boxes are counted.
        exact: pictures of which as many were told as there are.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    pairs: tuple[CountPair, ...] = ()
    score: float = 0.0
    exact: int = 0
    missing: str | None = None

    @property
    def pictures(self) -> int:
        """All of them."""
        return sum(pair.pictures for pair in self.pairs)


def box_counts_info(study: Study) -> BoxCountsInfo:
    import numpy as np

    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return BoxCountsInfo(trial, missing=kept)
    counts = np.stack([kept.there.sum(axis=1), (kept.faults.kinds >= -1).sum(axis=1)], axis=1)
    found, pictures = np.unique(counts, axis=0, return_counts=True)
    pairs = tuple(
        CountPair(there, told, number) for (there, told), number in zip(found.tolist(), pictures.tolist(), strict=True)
    )
    exact = sum(pair.pictures for pair in pairs if pair.there == pair.told)
    return BoxCountsInfo(trial, pairs, kept.faults.score, exact)
