"""A run uses the Ray of a keeper: one at a time, and only where its processes have what the run has."""

from __future__ import annotations

import contextlib
import logging
import os
from dataclasses import dataclass

import filelock

from cnnsearch.sweep.cluster.keeper.fitness import unfitness
from cnnsearch.sweep.cluster.keeper.locks import command_lock, is_free, sweep_lock
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord, keeper_folder, remove_folder

__all__ = ["NOTES", "Loan", "borrow", "head_kept_here", "is_to_be_had", "take_mark"]

NOTES = "cnnsearch.notes"
"""Logger of what a user of the command line is told in passing."""

_LOG = logging.getLogger("cnnsearch")

_ANEW = "; to have a new one: cnnsearch down, then cnnsearch up"

_LOOKED = 0.5
"""Seconds: more than the keeper ever holds the lock, which looks whether it is free, and asks Ray for new workers."""

_MARK = "used"
"""File that says that a sweep has used its processes."""


@dataclass(frozen=True)
class Loan:
    """The right to use it, until it is given back.

    Attributes:
        record: of the keeper.
        lock: which others wait for.
    """

    record: KeeperRecord
    lock: filelock.BaseFileLock

    def give_back(self) -> None:
        """Let others have it; where the process ends, it does so by itself."""
        self.lock.release()


def borrow(uses_folder: bool) -> Loan | None:
    """The Ray of this machine's keeper; ``None`` where there is none that does, of which a line of the log says why.

    Args:
        uses_folder: whether trials may look into the working directory, as code of the user's own.
    """
    try:
        record = KeeperRecord.read()
    except ValueError as error:
        _refuse(f"{keeper_folder()} {error}")
        return None
    if record is None:
        return None
    if record.dead:
        _refuse(f"it has died ({', '.join(record.dead)})", "; to have a new one: cnnsearch up")
        _clear_away(record)
        return None
    if (why := unfitness(record, uses_folder)) is not None:
        _refuse(f"{why}", _ANEW)
        return None
    lock = sweep_lock()
    try:
        lock.acquire(timeout=_LOOKED, poll_interval=0.02)
        if KeeperRecord.read() == record:  # `down` holds this lock, and has removed it
            (keeper_folder() / _MARK).touch(mode=0o600)
            logging.getLogger(NOTES).info("uses the Ray that `cnnsearch up` has started (%s)", record)
            return Loan(record, lock)
        why = "it has just ended"
    except filelock.Timeout:
        why = "another sweep uses it, or a Python process holds it for its next one"
    except (OSError, ValueError) as error:
        why = str(error)
    lock.release()
    _refuse(why)
    return None


def is_to_be_had(uses_folder: bool) -> bool:
    """Whether :func:`borrow` would give one now; argument as of it."""
    try:
        record = KeeperRecord.read()
    except ValueError:
        return False
    return record is not None and unfitness(record, uses_folder) is None and is_free()


def head_kept_here() -> str | None:
    """``HOST:PORT`` of the keeper's Ray; ``None`` where there is none."""
    try:
        record = KeeperRecord.read()
    except ValueError:
        return None
    return None if record is None or record.dead else record.head


def take_mark() -> bool:
    """Whether a sweep has used it since this was asked last."""
    try:
        os.unlink(keeper_folder() / _MARK)
    except OSError:
        return False
    return True


def _refuse(why: str, hint: str = "") -> None:
    _LOG.warning("this run starts a Ray of its own and not that of `cnnsearch up`: %s%s", why, hint)


def _clear_away(record: KeeperRecord) -> None:
    """It is told of once."""
    with contextlib.suppress(filelock.Timeout, OSError, ValueError), command_lock().acquire(timeout=0):
        if KeeperRecord.read() == record:
            remove_folder()
