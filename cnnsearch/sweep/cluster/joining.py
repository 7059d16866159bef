"""Ray joined and left within a time, and with the signals of this process kept: Ray takes SIGTERM for itself.

Both are done in threads of their own, as no call of Ray is sure to return. Signals are handled in the main thread,
which waits meanwhile: they are held back in the moments in which Ray's C++ would get them.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from cnnsearch.sweep.ray_private.starting import connecting_by, told_of_disconnection
from cnnsearch.sweep.signals import deferred, shielded

__all__ = ["end_process", "is_leaving", "join_ray", "leave_ray"]

_LOOKED = 0.1
"""Seconds between two looks at how far it is: handlers of signals run in between."""

_ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class _Shield:
    """While the thread that joins Ray is in its C++, the main thread holds the signals back."""

    def __init__(self) -> None:
        self._is_wanted, self._is_up, self._is_over = threading.Event(), threading.Event(), threading.Event()

    def call(self, act: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Of the thread that joins: do ``act``, with no signal in this thread, nor in those that it starts."""
        self._is_wanted.set()
        self._is_up.wait(1.0)
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            return act(*arguments, **options)
        finally:
            self._is_over.set()

    def hold(self, seconds: float) -> None:
        """Of the thread that waits: hold them back for so long at most, if that is wanted now."""
        if self._is_wanted.is_set() and not self._is_over.is_set():
            with shielded():
                self._is_up.set()
                self._is_over.wait(seconds)


def join_ray(start: Callable[[], object], seconds: float) -> Callable[[], None]:
    """Start Ray, or connect to it, and wait for it so long only.

    Linux ends the processes of Ray when the *thread* that started them ends, so that thread stays.

    Args:
        start: calls ``ray.init``.
        seconds: that this may take.

    Returns:
        Lets that thread end, and with it what is left of a Ray that it started.

    Raises:
        TimeoutError: it has not started.
        Interrupted: there was a signal, and there is no study yet.
    """
    raised: list[BaseException] = []
    started, over = threading.Event(), threading.Event()
    shield = _Shield()

    def run() -> None:
        try:
            start()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            raised.append(error)
        started.set()
        if not raised:
            over.wait()

    deadline = time.monotonic() + seconds
    # What is sent to the whole group of the command, as `timeout` and a closing terminal do, must not end Ray under it.
    with deferred(), connecting_by(shield.call):
        threading.Thread(target=run, name="joining-ray", daemon=True).start()
        while not started.wait(_LOOKED):
            left = deadline - time.monotonic()
            if left <= 0:
                _stay_away()
                raise TimeoutError(
                    f"it has not answered for {seconds:.0f} s; most often for want of memory or of processors"
                )
            shield.hold(left)
    if raised:
        raise raised[0]
    return over.set


_leaving: threading.Thread | None = None


def leave_ray(seconds: float = 60.0) -> None:
    """Let go of Ray, dead or alive, and end what is left of one that this process started.

    Where an earlier call has given up on a Ray that hangs, there is nothing more to try.

    Args:
        seconds: that this may take; what does not end by then is left to the end of the process.
    """
    global _leaving
    import ray

    if is_leaving():
        return
    is_disconnected = threading.Event()

    def run() -> None:
        try:
            with told_of_disconnection(is_disconnected.set):  # what follows may take seconds
                ray.shutdown()
        finally:
            is_disconnected.set()

    deadline = time.monotonic() + seconds
    thread = _leaving = threading.Thread(target=run, name="leaving-ray", daemon=True)
    with deferred():
        with shielded():  # Ray's C++ gives SIGTERM back to nobody: it would end this process
            try:
                thread.start()
            except RuntimeError:  # at its end Python 3.12 starts no thread: Ray is left here, as by its own step there
                run()
                return
            is_disconnected.wait(seconds)
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            _stay_away()


def is_leaving() -> bool:
    """Whether Ray hangs while this process leaves it: any other call of it may hang too."""
    return _leaving is not None and _leaving.is_alive()


def end_process(code: int) -> None:
    """End this process where Ray has died: threads that hang in its C++ would end it by a signal at Python's end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _stay_away() -> None:
    """When this process ends, it does not wait for a Ray that hangs; a process of Ray's own clears up after it."""
    import ray

    atexit.unregister(ray.shutdown)
