"""Processes for the table of the stages and for its tasks, started before there is a sweep that needs them."""

from __future__ import annotations

import logging

from cnnsearch.sweep.ray_private.fresh import start_processes
from cnnsearch.sweep.worker.preload import FOR_STAGES

__all__ = ["start_stages_ahead"]


def start_stages_ahead(count: int) -> None:
    """Have Ray start so many; nothing is waited for."""
    try:
        start_processes(count, FOR_STAGES)
    except OSError as error:  # the next run has Ray start them, and waits for that
        logging.getLogger("cnnsearch").warning("%s", error)
