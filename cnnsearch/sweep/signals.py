"""Ctrl-C, SIGTERM and the closing of the terminal, from the first line of a command to its last.

Before there is a study the first signal ends the command by an exception, whose way out leaves nothing behind. Once
there is one it is a wish that whoever works asks for: the trials are interrupted, the study and its report are written.
The second signal ends the process at once, whenever it comes.

Only the standard library is imported here: this is what a command loads first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "INTERRUPTED",
    "Interrupted",
    "Stop",
    "deferred",
    "has_study",
    "heeded",
    "say",
    "shielded",
    "take_over",
    "was_asked",
]

INTERRUPTED = 130
"""Exit code of a command that a signal ended."""

ECHO = 0.25
"""Seconds within which the same signal is the same wish: `timeout`, and a shell that loses its terminal, send two."""

_AGAIN = 0.05
"""Seconds until an exception is raised anew that was lost where Python can raise none, as in a ``__del__``."""


class Interrupted(KeyboardInterrupt):
    """Somebody wants the command to end, and there is no study that could tell how far it came."""


class Stop:
    """Somebody's wish that this process end, and what is done about it.

    Args:
        now: seconds that never jump.
        leave: ends the process at once, with an exit code.

    Attributes:
        asked: whether there was a signal.
        says: what is told where the command is ended before there is a study.
        location: of the study, once there is one.
        raised: whether the command was ended by :class:`Interrupted`.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, leave: Callable[[int], Any] = os._exit) -> None:
        self.asked = False
        self.says = "interrupted"
        self.location: str | None = None
        self._to_go_on = ""
        self.raised = False
        self._now = now
        self._leave = leave
        self._last: tuple[int, float] | None = None
        self._held = 0
        self._first: Callable[[], None] | None = None
        self._again: Callable[[], None] = self._leave_at_once
        self._is_lost = False

    def begin(self, location: str) -> None:
        """There is a study from now on: nothing is raised any more, and its end steps are done in any case."""
        from cnnsearch.escaping import shell_line

        self.location = location
        self._to_go_on = f"; to go on: {shell_line(['cnnsearch', 'resume', location])}"

    @contextlib.contextmanager
    def calling(self, first: Callable[[], None], again: Callable[[], None] | None = None) -> Iterator[None]:
        """For the time of the block the first signal calls ``first``, at once where it has come already.

        Args:
            first: what is done in place of raising.
            again: what the second one does; left out, it ends the process.
        """
        before = self._first, self._again
        self._first, self._again = first, again or self._again
        try:
            if self.asked:
                first()
            yield
        finally:
            self._first, self._again = before

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """What the block does is done whole: a signal in it is raised at its end."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self.check()

    def check(self) -> None:
        """Raise where that is due and has been lost on the way, in a library that catches everything.

        Raises:
            Interrupted: there was a signal, and there is no study.
        """
        if self.asked and not self._held and self._first is None and self.location is None:
            self.raised = True
            raise Interrupted

    def over(self, code: int) -> None:
        """All is done and printed: whatever comes now, the process ends with its own exit code."""
        self._again = lambda: self._leave(code)
        self.asked = True

    def handle(self, number: int, _frame: Any = None) -> None:
        """What Python calls, between two of its instructions, when a signal has come."""
        if self._is_lost:
            self._is_lost = False
            self.check()
            return
        if number == getattr(signal, "SIGHUP", None):
            _let_go_of_terminal()
        before, self._last = self._last, (number, self._now())
        if before is not None and before[0] == number and self._last[1] - before[1] < ECHO:
            return
        if self.asked:
            self._again()
            return
        self.asked = True
        if self._first is not None:
            self._first()
        self.check()

    def install(self) -> Callable[[], None]:
        """Handle the signals; what it returns makes everything as it was. A SIGHUP that is ignored (nohup) stays so."""
        hook = sys.unraisablehook
        before = {number: signal.getsignal(number) for number in _numbers()}
        self._listen(before)
        sys.unraisablehook = lambda lost: self._raise_again() if lost.exc_type is Interrupted else hook(lost)

        def restore() -> None:
            sys.unraisablehook = hook
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not one of Python's

        return restore

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Signals wait for the end of the block, which may install handlers of its own, in C too: they are replaced."""
        numbers = [number for number in _numbers() if signal.getsignal(number) == self.handle]
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        try:
            yield
        finally:
            self._listen(numbers)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

    def _listen(self, numbers: Any) -> None:
        for number in numbers:
            signal.signal(number, self.handle)

    def _raise_again(self) -> None:
        self._is_lost = True
        main = threading.main_thread().ident or 0
        threading.Timer(_AGAIN, signal.pthread_kill, (main, signal.SIGINT)).start()  # wakes it where it waits

    def _leave_at_once(self) -> None:
        told = f"\nended at once{self._to_go_on}"
        with contextlib.suppress(OSError):  # not by way of Python's streams, which the signal may have cut in
            shown = "\x1b[?25h" if os.isatty(2) else ""  # the display of the progress hides the cursor
            os.write(2, f"{shown}{told}\n".encode("utf-8", "backslashreplace"))
        self._leave(INTERRUPTED)


_current: Stop | None = None


def take_over() -> Stop:
    """The stop of this process, for the rest of its life: for the main thread, in its first line."""
    global _current
    _current = Stop()
    _current.install()
    return _current


@contextlib.contextmanager
def heeded() -> Iterator[Stop]:
    """The stop of this process, else a new one for the time of the block.

    Only the main thread may handle signals: in another one, as that of a notebook, nobody ever asks.
    """
    global _current
    if threading.current_thread() is not threading.main_thread():
        yield Stop()
        return
    if _current is not None:
        yield _current
        return
    _current = Stop()
    restore = _current.install()
    try:
        yield _current
    finally:
        restore()
        _current = None


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """:meth:`Stop.deferred` of this process's stop, where it has one."""
    with contextlib.nullcontext() if (stop := _of_thread()) is None else stop.deferred():
        yield


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """:meth:`Stop.shielded` of this process's stop, where it has one."""
    with contextlib.nullcontext() if (stop := _of_thread()) is None else stop.shielded():
        yield


def say(text: str) -> None:
    """What is told where a signal ends the command before there is a study."""
    if (stop := _of_thread()) is not None:
        stop.says = text


def has_study() -> bool:
    """Whether the command has come to run a sweep: what goes wrong from there on is no bad input."""
    return (stop := _of_thread()) is not None and stop.location is not None


def was_asked() -> bool:
    """Whether there was a signal."""
    return (stop := _of_thread()) is not None and stop.asked


def _of_thread() -> Stop | None:
    return _current if threading.current_thread() is threading.main_thread() else None


def _numbers() -> list[int]:
    """The signals that ask a process to end."""
    found = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    return [*found, hangup] if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN else list(found)


def _let_go_of_terminal() -> None:
    """What is written to a terminal that has closed is an error: it goes nowhere."""
    for number in (1, 2):
        with contextlib.suppress(OSError):
            if stat.S_ISCHR(os.fstat(number).st_mode) and not os.isatty(number):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)
