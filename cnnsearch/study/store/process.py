"""A process, by a name under which another one can find out whether it still lives."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

__all__ = ["TOKEN", "Process"]

TOKEN = r"[0-9a-f]{8}-\d+-\d+"
"""What :attr:`Process.token` looks like."""


@dataclass(frozen=True)
class Process:
    """A process of some machine.

    Attributes:
        place: of the machine, and of the container in it: where its number means anything.
        pid: its number there, which is used again when it has gone.
        started: when it began, so that it is not taken for another of the same number; 0: not known.
    """

    place: str
    pid: int
    started: int

    @classmethod
    def this(cls) -> Self:
        """The one that calls."""
        return cls.numbered(os.getpid())

    @classmethod
    def numbered(cls, pid: int) -> Self:
        """The one that has this number here, now."""
        return cls(_place(), pid, _started(pid))

    @classmethod
    def of(cls, token: str) -> Self | None:
        """The one that a token names; ``None`` where it names none."""
        if not re.fullmatch(TOKEN, token, re.ASCII):
            return None
        place, pid, started = token.split("-")
        return cls(place, int(pid), int(started))

    @property
    def token(self) -> str:
        """A word that names it, and may stand in the name of a file."""
        return f"{self.place}-{self.pid}-{self.started}"

    @property
    def lives(self) -> bool | None:
        """Whether it does; ``None`` where that cannot be told from here: it is another machine's."""
        if self.place != _place():
            return None
        if not _is_there(self.pid):
            return False
        now = _started(self.pid)
        return True if 0 in (now, self.started) else now == self.started


@functools.cache
def _place() -> str:
    """Of this machine, and of the container in it: processes of two with the same number are two."""
    space = ""
    with contextlib.suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return True


def _started(pid: int) -> int:
    """When a process began, as one number; 0 where that is not told.

    On Linux in the kernel's own ticks: what psutil makes of them changes when somebody sets the clock.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return int(after_name.split()[19])
    except (OSError, ValueError, IndexError):
        pass
    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0
