"""Who does something with the Ray of a keeper: one sweep uses it at a time, and one command starts or ends it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import filelock

from cnnsearch.sweep.cluster.keeper.record import keeper_folder

__all__ = ["command_lock", "do_if_free", "is_free", "sweep_lock"]

_SWEEP, _COMMAND = "sweep.lock", "command.lock"


def sweep_lock() -> filelock.BaseFileLock:
    """Held by the sweep that uses it."""
    return _lock(_SWEEP)


def command_lock() -> filelock.BaseFileLock:
    """Held by ``up`` and ``down``."""
    return _lock(_COMMAND)


def is_free() -> bool:
    """Whether no sweep uses it."""
    return do_if_free(lambda: None)


def do_if_free(act: Callable[[], object]) -> bool:
    """Do what no sweep must come between, at once; whether it was done, as no sweep uses it."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(sweep_lock().acquire(timeout=0))
        except (filelock.Timeout, OSError):
            return False
        act()
        return True


def _lock(name: str) -> filelock.BaseFileLock:
    # Released by whichever thread ends the sweep; never a file whose mere presence locks, as that outlives its process.
    return filelock.FileLock(keeper_folder() / name, thread_local=False, fallback_to_soft=False)
