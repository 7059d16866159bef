"""Lanes: each worker has a place of its own, so that a trial waits for the worker that it was meant for.

Tune hands a trial to any worker that asks for the same resources, and drops the worker that was about to start for it.
Where trials are shorter than the start of a process, a second worker would never come up, nor one that died come back.
"""

from __future__ import annotations

from typing import Any

from ray.tune import PlacementGroupFactory

from cnnsearch.experiment import Demand
from cnnsearch.sweep.job_config import job_of

__all__ = ["LaneRequest", "lane_request"]


class LaneRequest(PlacementGroupFactory):
    """The resources of one trial, told apart from those of another lane.

    Args:
        lane: its number.
        holds: what a trial of it holds.
    """

    def __init__(self, lane: int, holds: Demand) -> None:
        super().__init__([holds.resources])
        self.lane = lane
        self._told_by = lane, holds

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, LaneRequest) and self._told_by == other._told_by

    def __hash__(self) -> int:
        return hash(self._told_by)  # Ray's own writes the resources as JSON each time, a dozen times a trial


def lane_request(config: dict[str, Any]) -> LaneRequest:
    """What a job asks for. Tune sends this function with its trainable, so every worker imports this module for it."""
    job = job_of(config)
    return LaneRequest(job.lane, job.holds)
