"""Inbox: looks into the study for what users ask of the sweep, so that the sweep never waits for a slow storage."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator

from cnnsearch.errors import StorageError
from cnnsearch.study.control.requests import Request, waiting
from cnnsearch.study.store import Store

__all__ = ["Inbox"]

_LOG = logging.getLogger("cnnsearch")

EVERY = 1.0
"""Seconds between two looks."""


class Inbox:
    """A thread that looks every second; what it finds is fetched by whoever answers.

    Args:
        store: of the study.
        every: seconds between two looks.
    """

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self._store = store
        self._every = every
        self._found: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._seen: set[str] = set()
        self._over = threading.Event()
        self._has_complained = False
        self._thread = threading.Thread(target=self._look_again, name="inbox", daemon=True)
        self._thread.start()

    def fetched(self) -> Iterator[Request]:
        """Those that came since the last call, in their order."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._found.get_nowait()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join(timeout=self._every)

    def _look_again(self) -> None:
        while not self._over.wait(self._every):
            try:
                for request in waiting(self._store, self._seen):
                    self._seen.add(request.id)
                    self._found.put(request)
            except StorageError as error:  # the next look may find it well again
                if not self._has_complained:
                    self._has_complained = True
                    _LOG.warning("cannot look for what is asked of the sweep: %s; it is tried again", error)
