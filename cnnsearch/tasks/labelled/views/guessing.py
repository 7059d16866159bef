"""Whether a model tells classes better than one that names the largest class whatever it sees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.numbers import score
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.task import kept
from cnnsearch.tasks.contract.doubt import Doubt

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["no_better_than_guessing"]

_ACCURACY = "val_accuracy"

_ERRORS = 1.96
"""Standard errors of the guess by which a model must be better: 95% of what chance in the pictures does."""


def no_better_than_guessing(study: Study) -> Iterator[Doubt]:
    """What a reader must know where the winner's accuracy is no better."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get("validation", {})
    pictures, headline = sum(counts.values()), study.headline
    if headline is None or not pictures:
        return
    metrics = next(line.metrics for line in study.records if line.trial == headline.trial)
    reached = headline.value if headline.metric == _ACCURACY else metrics.get(_ACCURACY)
    largest = max(counts, key=lambda name: counts[name])
    share = counts[largest] / pictures
    if clusters_of(study, "validation", pictures).is_one:  # others may be different, and nothing tells by how much
        return
    worth = _worth(study, headline.trial, pictures, list(counts).index(largest))
    if reached is not None and reached - share <= _ERRORS * math.sqrt(share * (1.0 - share) / worth):
        yield Doubt(
            f"The winner is no better than a guess: to call every validation picture '{largest}' has an accuracy of "
            f"{score(share, pictures)}, the winner has {score(reached, pictures)}.",
            grave=True,
        )


def _worth(study: Study, trial: int, pictures: int, largest: int) -> float:
    """How many independent pictures would tell as much of the guess: those of a group are often of one class."""
    clusters = clusters_of(study, "validation", pictures)
    told = kept(study, trial, None)
    if clusters.are_single or isinstance(told, str) or len(told) != pictures:
        return clusters.fewest
    return clusters.worth(np.asarray(told.pair[0]) == largest)
