"""The process that keeps a Ray: it starts one with workers, says where it is, and has all well after each sweep."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
import threading

import psutil

from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.experiment import Resources
from cnnsearch.sweep.cluster.connection import LOCAL, connected
from cnnsearch.sweep.cluster.keeper.loan import take_mark
from cnnsearch.sweep.cluster.keeper.locks import do_if_free, is_free
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord
from cnnsearch.sweep.cluster.keeper.workers import KeptWorkers, processes_titled
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.signals import Interrupted, heeded

__all__ = ["READY", "main", "waiting_workers"]

READY = "ready"
"""What it prints when its Ray can be used; else why it cannot."""

_LOG = logging.getLogger("cnnsearch")

_LOOKED = 1.0
"""Seconds between two looks."""

_FOR_STAGES = 2
"""Processes: of the table, and of its tasks."""

_END_WITH_IT = 2.0
"""Seconds within which the processes of a sweep have ended after it."""


def main(workers: int | None) -> None:
    """Keep a Ray until SIGTERM, its death, or the end of its record; the exit code is 2 where it does not start.

    Args:
        workers: that wait for each sweep; ``None``: one for each CPU that Ray counts.
    """
    over = threading.Event()
    with heeded() as stop:
        try:
            # One CPU a trial: what holds more takes processes that have not imported TensorFlow yet.
            with connected(LOCAL, Resources()), stop.calling(over.set):
                _keep(over, workers)
        except InputError as error:
            print(error, flush=True)
            sys.exit(2)
        except (Interrupted, BrokenPipeError):  # whoever started it has gone
            sys.exit(1)


def waiting_workers(wanted: int | None, cpus: int) -> int:
    """How many are kept; ``None``: one for each of Ray's CPUs, which in a container may be fewer than the machine's.

    Raises:
        InputError: Ray would never start so many.
    """
    if wanted is not None and wanted > cpus:
        rule = f"must be 0 to {cpus}, as each holds one CPU, and Ray counts so many"
        raise InputError(Problem("--workers", rule, wanted))
    return cpus if wanted is None else wanted


def _keep(over: threading.Event, wanted: int | None) -> None:
    import ray
    from ray.exceptions import RayError

    from cnnsearch.sweep.ray_private import head
    from cnnsearch.sweep.stages.ahead import start_stages_ahead

    outage, cpus = Outage.of_this_process(), int(ray.cluster_resources()["CPU"])
    count = waiting_workers(wanted, cpus)
    workers, vital = KeptWorkers(count), head.processes_here()
    start_stages_ahead(_FOR_STAGES)
    try:
        workers.start(over.is_set)
    except RayError as error:
        rule = "its workers do not start; most often for want of memory: --workers keeps fewer"
        raise InputError(Problem("", f"{rule} ({first_line(error)})")) from None
    if over.is_set():
        return
    record = KeeperRecord.of_this_process(head.head_address(), cpus, vital, count)
    record.write()
    _say_ready()
    _stay(over, outage, record, workers, vital["raylet"])


def _stay(over: threading.Event, outage: Outage, record: KeeperRecord, workers: KeptWorkers, raylet: int) -> None:
    """Until somebody wants the end, Ray has died, or nobody finds this process any more, who could end it."""
    was_used = False
    while not over.wait(_LOOKED):
        if (died := outage.what()) is not None:
            _LOG.warning("%s", died)
            return
        if record.is_gone:
            return
        if not is_free():
            continue
        was_used = take_mark() or was_used  # the mark may be that of a sweep that begins just now
        if was_used:
            was_used = not do_if_free(functools.partial(workers.replace, workers.unfit()))  # else after that sweep
            if not over.wait(_END_WITH_IT):
                with contextlib.suppress(psutil.Error):  # Ray has died, as is seen at the next look
                    _refill(len(processes_titled(raylet, "ray::IDLE")))


def _refill(idle: int) -> None:
    """Fresh processes for stages in the place of those that the last sweep has used, which have ended with it.

    Args:
        idle: processes that have done nothing yet.
    """
    from cnnsearch.sweep.stages.ahead import start_stages_ahead

    if idle < _FOR_STAGES:
        start_stages_ahead(_FOR_STAGES)


def _say_ready() -> None:
    """From now on nobody reads what this process prints."""
    print(READY, flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError):
        os.dup2(nowhere, 1)
    os.close(nowhere)
