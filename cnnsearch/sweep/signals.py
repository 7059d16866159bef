"""Ctrl-C and SIGTERM while a sweep runs."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["asked_to_end"]


@contextlib.contextmanager
def asked_to_end(ask: Callable[[], None]) -> Iterator[None]:
    """The first SIGINT or SIGTERM asks for the end, the second is the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals; a notebook's worker thread is ended by its minutes
        return
    seen: list[int] = []

    def handle(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of a handler
        if seen:
            os._exit(130)
        seen.append(number)
        ask()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
