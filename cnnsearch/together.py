"""What several threads use together, as a process has one of it: the first one enters it, the last one leaves it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Together"]


class _SpoiltError(Exception):
    """One that has left already did so by an error."""


class Together:
    """A context that is entered once, however many use it."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._users = 0
        self._is_spoilt = False
        self._held: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()

    @contextlib.contextmanager
    def used(self, enter: Callable[[], contextlib.AbstractContextManager[Any]]) -> Iterator[None]:
        """For the time of the block this one uses it. While one enters or leaves it, others wait.

        Args:
            enter: makes the context, where nobody is in it. An error of any of its users comes to it when the last one
                leaves: nobody knows what that has left behind.
        """
        with self._changing:
            if not self._users:
                self._held, self._is_spoilt = enter(), False
                self._held.__enter__()
            self._users += 1
        try:
            yield
        except BaseException as error:
            self._leave(error)
            raise
        self._leave(None)

    def _leave(self, error: BaseException | None) -> None:
        with self._changing:
            self._users -= 1
            self._is_spoilt |= error is not None
            if self._users:
                return
            if not self._is_spoilt:
                self._held.__exit__(None, None, None)
                return
            last = error or _SpoiltError()
            self._held.__exit__(type(last), last, last.__traceback__)
