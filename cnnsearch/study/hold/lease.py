"""A lease, where several machines see a study: an object that its driver renews, and that lapses without it.

Storage offers no lock that dies with its process, so each driver that wants the study puts an object of its own there
first and then looks for others. Of two that do so at the same time at least one sees the other, whatever the order;
whoever sees another one steps back. How old another one is, is told by the clock of the storage alone: by the time of
its object against the time of one's own that was put just now.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from cnnsearch.errors import StorageError, SweepError
from cnnsearch.study.hold.hold import FOLDER, Driver, Hold
from cnnsearch.study.store import Store

__all__ = ["LAPSE", "RENEW", "SURE", "Clock", "Lease", "Rival", "try_lease"]

LAPSE = 30.0
"""Seconds after which a lease that was not renewed is nobody's."""

RENEW = 5.0
"""Seconds between renewals."""

SURE = 20.0
"""Seconds without a renewal after which its own driver gives it up: well before anybody else may take it."""


@dataclass(frozen=True)
class Clock:
    """Time, as far as a lease needs it; tests have their own.

    Attributes:
        now: seconds that never jump, and go on while the machine sleeps.
        sleep: waits so many seconds.
        every: calls a function every so many seconds, until what it returns is called.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    every: Callable[[float, Callable[[], None]], Callable[[], None]]


def _now() -> float:
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux's monotonic clock stands still while the machine sleeps
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def _every(seconds: float, act: Callable[[], None]) -> Callable[[], None]:
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=repeat, name="lease", daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join(timeout=SURE)

    return stop


SYSTEM = Clock(_now, time.sleep, _every)


@dataclass(frozen=True)
class Rival:
    """A lease of somebody else's.

    Attributes:
        name: of its object.
        modified: when it was last renewed.
        left: seconds until it lapses, if it is not renewed.
        driver: whose it is; ``None`` where that cannot be told.
    """

    name: str
    modified: float
    left: float
    driver: Driver | None


@final
class Lease(Hold):
    """A study that several machines see, leased; a thread renews it."""

    def __init__(self, store: Store, name: str, content: str, put: float, clock: Clock) -> None:
        self._store = store
        self._name = name
        self._content = content
        self._renewed = put
        self._clock = clock
        self._taken = False
        self._lock = threading.Lock()
        self._stop = clock.every(RENEW, self.renew)

    def renew(self) -> None:
        """Put the object again, unless somebody took it for lapsed and removed it."""
        with self._lock:
            if self._taken:
                return
            began = self._clock.now()
            try:
                if not self._store.exists(self._name):
                    self._taken = True
                    return
                self._store.write(self._name, self._content)
            except StorageError:
                return  # it is tried again, and check() tells once that has gone on for too long
            self._renewed = began

    def check(self) -> None:
        silent = self._clock.now() - self._renewed
        if self._taken or silent > SURE:
            why = "it was taken over" if self._taken else f"it could not be renewed for {silent:.0f} s"
            raise SweepError(f"this driver's lease on {self._store.location} is lost: {why}; resume the study")

    def release(self) -> None:
        self._stop()
        with self._lock, contextlib.suppress(StorageError):
            self._store.delete(self._name)
        if self._store.folder is not None:
            with contextlib.suppress(OSError):  # another driver's may be in it
                (self._store.folder / FOLDER).rmdir()


def try_lease(store: Store, clock: Clock = SYSTEM) -> Lease | Rival:
    """The lease; or another one that has not lapsed.

    Raises:
        StorageError: the storage cannot be written, or does not answer.
    """
    name, content = f"{FOLDER}/{uuid.uuid4().hex}.json", Driver.this().to_json()
    put = clock.now()
    store.write(name, content)
    rival = _rival(store, name)
    if rival is None:
        return Lease(store, name, content, put, clock)
    store.delete(name)
    return rival


def _rival(store: Store, own: str) -> Rival | None:
    """The youngest lease beside one's own; those that have lapsed, or whose process is dead, are removed."""
    found = store.entries(FOLDER)
    if own not in found:  # another driver took it for lapsed: this machine must have been asleep
        return Rival(own, 0.0, 0.0, None)
    now = found.pop(own).modified
    living = None
    for name, entry in found.items():
        left, driver = LAPSE - (now - entry.modified), Driver.named_in(store, name)
        if left < 0 or (driver is not None and driver.lives is False):
            store.delete(name)
        elif living is None or left > living.left:
            living = Rival(name, entry.modified, left, driver)
    return living
