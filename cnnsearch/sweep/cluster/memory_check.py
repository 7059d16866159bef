"""Whether a limit of memory leaves room for Ray and one worker: with less, processes are ended and started for ever."""

from __future__ import annotations

import logging
import os

import psutil

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Resources
from cnnsearch.memory_limits import Limit, address_limit, group_limits

__all__ = ["check_limits", "limits_in_words", "little_memory"]

_LOG = logging.getLogger("cnnsearch")

_RAY = int(0.4 * 2**30)
"""Bytes that the processes of a local Ray take, without workers."""

_WORKER = int(0.4 * 2**30)
"""Private bytes of a worker with TensorFlow and a small network."""

_STORE = 0.3
"""Share of the free memory that Ray maps for its object store: once into each worker, twice into its raylet."""

_WORKERS_OWN, _RAYLETS_OWN = 3 * 2**30, 2**30
"""Bytes of addresses beside the object store, of a worker with TensorFlow and of the raylet."""


def check_limits(resources: Resources, is_kept: bool = False) -> None:
    """Look at the limits before Ray is started on this machine; where not all workers find room, a warning says so.

    Args:
        resources: what trials hold.
        is_kept: Ray is there, and workers may be, which have taken what is missing.

    Raises:
        InputError: there is no room for a single worker.
    """
    groups = () if is_kept else group_limits()
    problems = [Problem("", _too_little(limit)) for limit in groups if limit.free < _RAY + _WORKER]
    store = int(_STORE * psutil.virtual_memory().available)
    needed = max(store + _WORKERS_OWN, 2 * store + _RAYLETS_OWN)
    addresses = address_limit()
    if addresses is not None and addresses.most < needed:
        rule = f"{addresses}; Ray needs about {needed / 2**30:.1f} GB, most of it for its object store"
        problems.append(Problem("", f"{rule}: raise it (ulimit -v unlimited)"))
    if problems:
        raise InputError(problems[:1])
    cpus = os.cpu_count() or 1
    workers = min(resources.max_concurrent or cpus, max(1, cpus // resources.cpus))
    for limit in groups:
        fit = (limit.free - _RAY) // _WORKER
        if fit < workers:
            words = f"a small worker takes about {_WORKER / 2**30:.1f} GB: {fit} of {workers} find room"
            _LOG.warning("%s; %s; set resources.max_concurrent to %d, or give it more memory", limit, words, fit)


def little_memory() -> str | None:
    """The limit of this node's memory that leaves no room for one more worker, in words; ``None``: there is none."""
    little = next((limit for limit in group_limits() if limit.free < _WORKER), None)
    return None if little is None else f"{little}; a small worker takes about {_WORKER / 2**30:.1f} GB"


def limits_in_words() -> str | None:
    """The limit that leaves least, for whoever looks for why processes die; ``None``: none is set."""
    addresses = address_limit()
    limits = [*group_limits(), *([] if addresses is None else [addresses])]
    return str(min(limits, key=lambda limit: limit.free)) if limits else None


def _too_little(limit: Limit) -> str:
    needed = (_RAY + _WORKER) / 2**30
    return f"{limit}; Ray and one worker take about {needed:.1f} GB: give it more memory"
