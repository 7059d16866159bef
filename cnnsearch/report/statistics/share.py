"""Shares of pictures with their intervals: the one that a task tells of each trial, and those that are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.report.task import kept, share_of_task
from cnnsearch.study.pictures import pictures_of
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Share", "share_interval", "share_of"]


@dataclass(frozen=True)
class Share:
    """A metric that counts validation pictures, with Wilson's interval."""

    metric: str
    value: float
    interval: Interval


def share_of(study: Study, metrics: Mapping[str, float | None], trial: int) -> Share | None:
    """The share among the metrics of a trial.

    ``None`` where the task has none, it is not among them, the number of validation pictures is not known, or all are
    of one group.
    """
    metric, pictures = share_of_task(study), pictures_of(study, "validation")
    value = metrics.get(metric) if metric is not None else None
    if metric is None or value is None or not pictures:
        return None
    interval = share_interval(study, value, metric, pictures, trial)
    return None if interval is None else Share(metric, value, interval)


def share_interval(study: Study, value: float, metric: str, pictures: int, trial: int) -> Interval | None:
    """Wilson's of a share of the validation pictures; ``None``: all are of one group.

    Of pictures in groups it is that of as many as the groups are worth by the predictions of the trial, and where these
    are not kept, of as many as they are worth at the least.

    Args:
        study: whose.
        value: the share, by the record.
        metric: its name.
        pictures: of the split.
        trial: whose it is, in the search.

    Raises:
        InputError: the record tells the groups of more or fewer pictures.
    """
    clusters = clusters_of(study, "validation", pictures)
    if clusters.are_single:
        return wilson(value, pictures)
    if clusters.is_one:
        return None
    told = kept(study, trial, None)
    if isinstance(told, str) or len(told) != pictures:
        return wilson(value, clusters.fewest)
    return wilson(value, clusters.worth(told.per_item(metric_of(metric))))
