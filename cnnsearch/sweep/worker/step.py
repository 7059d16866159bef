"""What a worker tells after one call."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.study.record.lines import Report

__all__ = ["Step"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What has become of a job since the last one.

    Attributes:
        told: what the turn of the job is told.
        finished: whether the job has ended.
        epoch: the last one that has been told of; ``None``: the job has no epochs.
        objective: after that epoch; ``None`` where the job failed, or has none.
    """

    told: Report
    finished: bool
    epoch: int | None = None
    objective: float | None = None
