"""Waiting for what Ray computes: as long as the work takes, and not for what nobody computes any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import GetTimeoutError

from cnnsearch.errors import RayLostError
from cnnsearch.sweep.cluster.outage import Outage

__all__ = ["check_ray", "result_of"]

_LOOKED = 10.0
"""Seconds between two looks whether it is still being computed."""


def result_of(reference: Any, check: Callable[[], None]) -> Any:
    """What was or is being computed.

    Args:
        reference: to it.
        check: called every 10 s; may tell by an error that nobody computes it.
    """
    while True:
        try:
            return ray.get(reference, timeout=_LOOKED)
        except GetTimeoutError:
            check()


def check_ray() -> None:
    """Of a task in the driver's own Ray, which tells by an error when the task's process has died.

    Raises:
        RayLostError: Ray itself has died.
    """
    died = Outage.of_this_process().what()
    if died is not None:
        raise RayLostError(died)
