"""A lock of the operating system, on a disk of this machine: it dies with its process, whatever ends that."""

from __future__ import annotations

import platform
from typing import final

import filelock

from cnnsearch.errors import StorageError
from cnnsearch.study.hold.hold import FOLDER, Driver, Hold
from cnnsearch.study.store import LocalStore

__all__ = ["Lock", "holder", "try_lock"]

_LOCK = f"{FOLDER}/lock"
_HOLDER = f"{FOLDER}/driver.json"

_LOOKED_AT = 0.3
"""Seconds: more than who only looks (:func:`holder`) ever holds it."""


@final
class Lock(Hold):
    """A study in a local folder, locked."""

    def __init__(self, store: LocalStore, lock: filelock.BaseFileLock) -> None:
        self._store = store
        self._lock = lock

    def check(self) -> None:
        """The system keeps it."""

    def release(self) -> None:
        if not self._lock.is_locked:
            return
        try:
            self._store.delete(FOLDER)  # filelock finds out that the file of its lock has gone, and begins anew
        except StorageError:
            pass
        finally:
            self._lock.release()


def try_lock(store: LocalStore) -> Lock | Driver | None:
    """The lock; or who has it, ``None`` where that cannot be told.

    Raises:
        StorageError: the folder cannot be written.
    """
    lock = _file_lock(store)
    try:
        (store.folder / FOLDER).mkdir(exist_ok=True)
        lock.acquire(timeout=_LOOKED_AT, poll_interval=0.02)
    except filelock.Timeout:
        return Driver.named_in(store, _HOLDER)
    except OSError as error:
        raise StorageError(f"cannot lock {store.at(_LOCK)}: {error.strerror or error}") from error
    held = Lock(store, lock)
    try:
        store.write(_HOLDER, Driver.this().to_json())
    except BaseException:
        held.release()
        raise
    return held


def holder(store: LocalStore) -> Driver | None:
    """Which process has the lock; ``None``: none."""
    if not (store.folder / _LOCK).exists():
        return None
    lock = _file_lock(store)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return Driver.named_in(store, _HOLDER) or Driver(platform.node(), 0, "a moment ago")
    except OSError:
        return Driver.named_in(store, _HOLDER)  # another user's, which cannot be tried
    lock.release()
    return None


def _file_lock(store: LocalStore) -> filelock.BaseFileLock:
    # Released by whichever thread ends the sweep; never a file whose mere presence locks, as that outlives its process.
    return filelock.FileLock(store.folder / _LOCK, thread_local=False, fallback_to_soft=False)
