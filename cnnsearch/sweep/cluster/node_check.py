"""What each node must have before a sweep starts on it: the studies' folder, enough memory and shared memory."""

from __future__ import annotations

import contextlib
import logging
import shutil
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cnnsearch.errors import InputError, Problem
from cnnsearch.sweep.cluster.memory_check import little_memory
from cnnsearch.sweep.worker.preload import FOR_STAGES

__all__ = ["LITTLE_SHARED_MEMORY", "check_nodes", "shared_memory"]

LITTLE_SHARED_MEMORY = 2**30
"""Bytes of /dev/shm below which Ray's object store is slow, or too small: containers have 64 MB by default."""

_SECONDS = 60.0
"""For all nodes to answer; one that does not is told of when a trial needs it."""


@dataclass(frozen=True)
class _Told:
    """What one node answers.

    Attributes:
        host: its name.
        sees: whether the file that was left in the studies' folder is there.
        shared_memory: bytes of its /dev/shm; ``None`` where it has none.
        little_memory: the limit of memory that leaves no room for a worker, in words, if there is one.
    """

    host: str
    sees: bool
    shared_memory: int | None
    little_memory: str | None = None


def shared_memory() -> int | None:
    """Bytes of this machine's /dev/shm; ``None`` where there is none, and Ray uses files instead."""
    try:
        return shutil.disk_usage("/dev/shm").total
    except OSError:
        return None


def check_nodes(folder: Path | None) -> None:
    """Ask every node; a small /dev/shm, or a limit of memory that holds no worker, is told as a warning.

    Args:
        folder: of the studies, where they are files; made where it is not there.

    Raises:
        InputError: some node does not see the folder.
    """
    nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
    if len(nodes) == 1:
        _warn([_Told(socket.gethostname(), True, shared_memory(), little_memory())])
        return
    with contextlib.nullcontext(None) if folder is None else _marked(folder) as mark:
        asked = [_ask.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)) for node in nodes]
        answers = _answers([ask.remote(None if mark is None else str(mark)) for ask in asked])
    blind = sorted({told.host for told in answers if not told.sees})
    if blind:
        rule = f"must be a folder that every node sees under the same path; it is not there on {', '.join(blind)}"
        raise InputError(Problem("--output", rule, str(folder)))
    _warn(answers)


def _answers(asked: list[Any]) -> list[_Told]:
    ready, _ = ray.wait(asked, num_returns=len(asked), timeout=_SECONDS)
    found = []
    for answer in ready:
        with contextlib.suppress(RayError, GetTimeoutError):  # the node went meanwhile
            found.append(ray.get(answer, timeout=_SECONDS))
    return found


@contextlib.contextmanager
def _marked(folder: Path) -> Iterator[Path]:
    """A file in the folder while it lasts; a folder that was made for it goes too where nothing came into it."""
    new = not folder.exists()
    mark = folder / f".seen-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        raise InputError(Problem("--output", f"cannot be written: {error.strerror}", str(folder))) from None
    try:
        yield mark.resolve()
    finally:
        mark.unlink(missing_ok=True)
        if new:
            with contextlib.suppress(OSError):
                folder.rmdir()


@ray.remote(num_cpus=0, max_retries=0, runtime_env={"env_vars": FOR_STAGES})
def _ask(mark: str | None) -> _Told:
    sees = mark is None or Path(mark).is_file()
    return _Told(socket.gethostname(), sees, shared_memory(), little_memory())


def _warn(answers: list[_Told]) -> None:
    for told in answers:
        if told.little_memory is not None:
            logging.getLogger(__name__).warning("%s: %s", told.host, told.little_memory)
        if told.shared_memory is not None and told.shared_memory < LITTLE_SHARED_MEMORY:
            logging.getLogger(__name__).warning(
                "%s has %.2f GB of /dev/shm, where Ray's object store lies: start its container with --shm-size=4g, or "
                "mount a larger one there",
                told.host,
                told.shared_memory / 2**30,
            )
