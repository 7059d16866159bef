"""A lock of the operating system, on a disk of this machine: it dies with its process, whatever ends that."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import final

import filelock

from cnnsearch.errors import StorageError
from cnnsearch.study.hold.hold import FOLDER, Driver, Hold
from cnnsearch.study.hold.life import Life
from cnnsearch.study.store import LocalStore

__all__ = ["Lock", "look_at_lock", "try_lock"]

_LOCK = f"{FOLDER}/lock"
_HOLDER = f"{FOLDER}/driver.json"

_LOOKED_AT = 0.3
"""Seconds: more than who only looks (:func:`look_at_lock`) ever holds it."""


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
        _check(store)
        (store.folder / FOLDER).mkdir(exist_ok=True)
        lock.acquire(timeout=_LOOKED_AT, poll_interval=0.02)
    except filelock.Timeout:
        return Driver.named_in(store, _HOLDER)
    except OSError as error:
        whose = look_at_lock(store).text if isinstance(error, PermissionError) else ""
        told = "; ".join(text for text in (error.strerror or str(error), whose) if text)
        raise StorageError(f"cannot lock {store.at(_LOCK)}: {told}") from error
    held = Lock(store, lock)
    try:
        store.write(_HOLDER, Driver.this().to_json())
    except BaseException:
        held.release()
        raise
    return held


def look_at_lock(store: LocalStore) -> Life:
    """Whether a process has the lock. Nothing is written, so that whoever may read the study is told.

    Raises:
        StorageError: what should be the lock is something else.
    """
    store.exists(_LOCK)
    driver = Driver.named_in(store, _HOLDER) if _is_readable(store, _HOLDER) else None
    try:
        handle = os.open(store.folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return Life("none")
    except OSError:  # another user's, which this one may not even read
        lives = driver.lives if driver else None
        return Life("unknown" if lives is None else "running" if lives else "dead", driver)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: who only looks keeps out nobody who looks
        fcntl.flock(handle, fcntl.LOCK_UN)  # closing alone leaves it with a process that was forked meanwhile
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return Life("running", driver)
        return Life("unknown", driver)
    finally:
        os.close(handle)
    return Life("dead", driver)


def _check(store: LocalStore) -> None:
    """Make sure that the lock is a file of the study, with no other name: another study's, or something outside.

    Raises:
        StorageError: it is not.
    """
    store.exists(_LOCK)
    try:
        found = (store.folder / _LOCK).lstat()
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        raise StorageError(f"cannot lock {store.at(_LOCK)}: it has other names (hard links); delete {store.at(FOLDER)}")


def _is_readable(store: LocalStore, name: str) -> bool:
    return os.access(store.folder / name, os.R_OK)


def _file_lock(store: LocalStore) -> filelock.BaseFileLock:
    # Released by whichever thread ends the sweep; never a file whose mere presence locks, as that outlives its process.
    return filelock.FileLock(store.folder / _LOCK, thread_local=False, fallback_to_soft=False)
