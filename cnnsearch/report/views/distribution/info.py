"""How good the results of several studies are, not only their best ones."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.comparable import fewest_pictures, shared_metric
from cnnsearch.report.statistics.scale import wide

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Distribution", "DistributionInfo", "distribution_info"]


@dataclass(frozen=True)
class Distribution:
    """Values of the trials of one study, best first, and the value that half of them reach; ``None`` without any."""

    name: str
    values: tuple[float, ...]
    median: float | None


@dataclass(frozen=True)
class DistributionInfo:
    """Distribution of the results.

    Attributes:
        metric: that all studies share; ``None`` where they do not.
        pictures: of validation, in the study that has the fewest.
        log: whether the values are so far apart that only a logarithmic axis shows them.
    """

    metric: str | None
    studies: tuple[Distribution, ...]
    log: bool
    pictures: int = 0


def distribution_info(studies: Sequence[Study]) -> DistributionInfo:
    found = []
    for study in studies:
        sign = study.experiment.objective.sign
        values = sorted((record.best_value for record in study.ranked), key=lambda value: -sign * value)
        found.append(Distribution(study.name, tuple(values), statistics.median(values) if values else None))
    return DistributionInfo(
        shared_metric(studies),
        tuple(found),
        wide([value for each in found for value in each.values]),
        fewest_pictures(studies),
    )
