"""The process that keeps a Ray: it starts one, says where it is, and has fresh processes ready after each sweep."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading

import psutil

from cnnsearch.errors import InputError
from cnnsearch.experiment import Resources
from cnnsearch.sweep.cluster.connection import LOCAL, connected
from cnnsearch.sweep.cluster.keeper.loan import take_mark
from cnnsearch.sweep.cluster.keeper.locks import is_free
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.signals import Interrupted, heeded

__all__ = ["READY", "main"]

READY = "ready"
"""What it prints when its Ray can be used; else why it cannot."""

_LOG = logging.getLogger("cnnsearch")

_LOOKED = 1.0
"""Seconds between two looks."""

_FOR_STAGES = 2
"""Processes: of the table, and of its tasks."""

_END_WITH_IT = 2.0
"""Seconds within which the processes of a sweep have ended after it."""


def main() -> None:
    """Keep a Ray until SIGTERM, its death, or the end of its record; the exit code is 2 where it does not start."""
    over = threading.Event()
    with heeded() as stop:
        try:
            # One CPU a trial: what holds more takes processes that have not imported TensorFlow yet.
            with connected(LOCAL, Resources()), stop.calling(over.set):
                _keep(over)
        except InputError as error:
            print(error, flush=True)
            sys.exit(2)
        except (Interrupted, BrokenPipeError):  # whoever started it has gone
            sys.exit(1)


def _keep(over: threading.Event) -> None:
    import ray

    from cnnsearch.sweep.ray_private import head
    from cnnsearch.sweep.stages.ahead import start_stages_ahead

    outage, cpus = Outage.of_this_process(), int(ray.cluster_resources()["CPU"])
    vital = head.processes_here()
    start_stages_ahead(_FOR_STAGES)
    record = KeeperRecord.of_this_process(head.head_address(), cpus, vital)
    record.write()
    _say_ready()
    _stay(over, outage, record, vital["raylet"])


def _stay(over: threading.Event, outage: Outage, record: KeeperRecord, raylet: int) -> None:
    """Until somebody wants the end, Ray has died, or nobody finds this process any more, who could end it."""
    while not over.wait(_LOOKED):
        if (died := outage.what()) is not None:
            _LOG.warning("%s", died)
            return
        if record.is_gone:
            return
        if is_free() and take_mark() and not over.wait(_END_WITH_IT):
            with contextlib.suppress(psutil.Error):  # Ray has died, as is seen at the next look
                _refill(record.cpus, _idle_processes(raylet))


def _idle_processes(raylet: int) -> int:
    """Of Ray's, which have done nothing yet: those of a sweep end with it."""
    names = []
    for process in psutil.Process(raylet).children():
        with contextlib.suppress(psutil.Error, IndexError):
            names.append(process.cmdline()[0].split()[0])
    return names.count("ray::IDLE")


def _refill(cpus: int, idle: int) -> None:
    """Fresh processes in the place of those that the last sweep has used.

    Which kind is idle nobody tells: a sweep uses those of stages, and as many others as it has trials at once.
    """
    if idle >= cpus + _FOR_STAGES:
        return
    from cnnsearch.sweep.ray_private.fresh import start_processes
    from cnnsearch.sweep.stages.ahead import start_stages_ahead

    try:
        start_processes(max(0, cpus - idle))
    except OSError as error:  # the next run has Ray start some, which takes longer
        _LOG.warning("%s", error)
    start_stages_ahead(_FOR_STAGES)


def _say_ready() -> None:
    """From now on nobody reads what this process prints."""
    print(READY, flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError):
        os.dup2(nowhere, 1)
    os.close(nowhere)
