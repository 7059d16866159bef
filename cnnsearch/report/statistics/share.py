"""The share of pictures that a task tells of each trial, whatever the objective is, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.report.task import share_of_task
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Share", "share_of"]


@dataclass(frozen=True)
class Share:
    """A metric that counts validation pictures, with Wilson's interval."""

    metric: str
    value: float
    interval: Interval


def share_of(study: Study, metrics: Mapping[str, float | None]) -> Share | None:
    """The share among some metrics.

    ``None`` where the task has none, it is not among them, or the number of validation pictures is not known.
    """
    metric, pictures = share_of_task(study), pictures_of(study, "validation")
    value = metrics.get(metric) if metric is not None else None
    if metric is None or value is None or not pictures:
        return None
    return Share(metric, value, wilson(value, pictures))
