"""Processes for the table of the stages and for its tasks, started before there is a sweep that needs them."""

from __future__ import annotations

import logging

from cnnsearch.sweep.ray_private.fresh import start_processes
from cnnsearch.sweep.worker.preload import FOR_STAGES

__all__ = ["start_stages_ahead"]


def start_stages_ahead(count: int) -> None:
    """Have Ray start some; nothing is waited for.

    Args:
        count: 1: that of the table, as its tasks take the process of the run before; 2: also one for these.
    """
    try:
        for is_for_tasks in (False, True)[:count]:
            start_processes(1, FOR_STAGES, of_actor=is_for_tasks)
    except OSError as error:  # the next run has Ray start them, and waits for that
        logging.getLogger("cnnsearch").warning("%s", error)
