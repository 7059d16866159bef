"""A lock on an entry for as long as somebody refers to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from pathlib import Path

__all__ = ["Hold"]


class Hold:
    """The lock of an entry, held until :meth:`release`, or until nobody has this object any more.

    It is this process's: one that is forked from it holds nothing, and keeps nothing from being evicted. What was
    mapped before stays readable there.

    Args:
        folder: of the entry.
        alone: held by nobody else; otherwise by any number.

    Raises:
        OSError: there is no such entry.
    """

    def __init__(self, folder: str | Path, alone: bool = False) -> None:
        self._file = -1
        _HOLDS.add(self)
        self._file = os.open(os.path.join(folder, "lock"), os.O_RDONLY)
        fcntl.flock(self._file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)

    def share(self) -> None:
        """Let others hold it too."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let it go."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)  # closing leaves it with a process that is being forked
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.release()


_HOLDS: weakref.WeakSet[Hold] = weakref.WeakSet()


def _leave_to_parent() -> None:
    """In a process that was forked: a lock is let go when the last copy of its descriptor is closed."""
    for hold in list(_HOLDS):
        hold._close()


os.register_at_fork(after_in_child=_leave_to_parent)
