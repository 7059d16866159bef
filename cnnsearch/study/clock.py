"""The clock of a sweep: Unix time that never jumps, by which everything in the record is dated."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["Clock", "Time"]


class Time(Protocol):
    """What events are dated by: a clock, or the time of a simulation."""

    def now(self) -> float:
        """Unix time in seconds."""


@dataclass(frozen=True)
class Clock:
    """Shows Unix time as it was at the start, and goes on by the machine's monotonic clock from there.

    What somebody sets right meanwhile (a time server, summer time by hand) moves no duration, no order and no budget;
    the times for people stay off by as much until the next session. While the machine sleeps it stands still.

    Attributes:
        start: Unix time at its start.
        since: of the monotonic clock then.
        machine: whose monotonic clock that is, from one start of the system to the next.
    """

    start: float
    since: float
    machine: str

    @classmethod
    def started(cls, after: float = 0.0) -> Clock:
        """A clock that starts now, but not before ``after``: the last time in a record that goes on."""
        return cls(max(time.time(), after), time.monotonic(), _machine())

    def now(self) -> float:
        """Unix time in seconds."""
        return self.start + time.monotonic() - self.since

    @property
    def seconds(self) -> float:
        """That it has gone."""
        return time.monotonic() - self.since

    def here(self) -> Clock:
        """The same clock in any process of its machine; on another one, a clock that starts now."""
        return self if self.machine == _machine() else Clock.started()


def _machine() -> str:
    """Processes that share a monotonic clock say the same here."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()
