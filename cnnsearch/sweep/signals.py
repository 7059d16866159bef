"""Ctrl-C and SIGTERM while a sweep runs, or is followed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["on_signals"]


@contextlib.contextmanager
def on_signals(first: Callable[[], None], again: Callable[[], None]) -> Iterator[None]:
    """Call ``first`` at the first SIGINT or SIGTERM, and ``again`` at each one after it.

    Only the main thread may handle signals: in another one, as that of a notebook, nothing is called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []

    def handle(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of a handler
        seen.append(number)
        if len(seen) > 1:
            again()
        else:
            first()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
