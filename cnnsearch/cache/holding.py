"""A lock on an entry for as long as somebody refers to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

__all__ = ["Hold"]


class Hold:
    """The lock of an entry, held until :meth:`release`, or until nobody has this object any more.

    Args:
        folder: of the entry.
        alone: held by nobody else; otherwise by any number.

    Raises:
        OSError: there is no such entry.
    """

    def __init__(self, folder: str | Path, alone: bool = False) -> None:
        self._file = -1
        self._file = os.open(os.path.join(folder, "lock"), os.O_RDONLY)
        fcntl.flock(self._file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)

    def share(self) -> None:
        """Let others hold it too."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let it go."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.release()
