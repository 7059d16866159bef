"""How good the results of several studies are, not only their best ones."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.views.history.info import wide

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Distribution", "DistributionInfo", "distribution_info", "shared_metric"]


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
        log: whether the values are so far apart that only a logarithmic axis shows them.
    """

    metric: str | None
    studies: tuple[Distribution, ...]
    log: bool


def distribution_info(studies: Sequence[Study]) -> DistributionInfo:
    found = []
    for study in studies:
        sign = study.experiment.objective.sign
        values = sorted((record.best_value for record in study.ranked), key=lambda value: -sign * value)
        found.append(Distribution(study.name, tuple(values), statistics.median(values) if values else None))
    return DistributionInfo(
        shared_metric(studies), tuple(found), wide([value for each in found for value in each.values])
    )


def shared_metric(studies: Sequence[Study]) -> str | None:
    """The objective of all studies, with one direction; ``None`` where they differ."""
    metrics = {(study.experiment.objective.metric, study.experiment.objective.sign) for study in studies}
    return next(iter(metrics))[0] if len(metrics) == 1 else None
