"""Who does something with the Ray of a keeper: one sweep uses it at a time, and one command starts or ends it."""

from __future__ import annotations

import contextlib

import filelock

from cnnsearch.sweep.cluster.keeper.record import keeper_folder

__all__ = ["command_lock", "is_free", "sweep_lock"]

_SWEEP, _COMMAND = "sweep.lock", "command.lock"


def sweep_lock() -> filelock.BaseFileLock:
    """Held by the sweep that uses it."""
    return _lock(_SWEEP)


def command_lock() -> filelock.BaseFileLock:
    """Held by ``up`` and ``down``."""
    return _lock(_COMMAND)


def is_free() -> bool:
    """Whether no sweep uses it."""
    with contextlib.suppress(filelock.Timeout, OSError), sweep_lock().acquire(timeout=0):
        return True
    return False


def _lock(name: str) -> filelock.BaseFileLock:
    # Released by whichever thread ends the sweep; never a file whose mere presence locks, as that outlives its process.
    return filelock.FileLock(keeper_folder() / name, thread_local=False, fallback_to_soft=False)
