"""Asks a command of this process, as its user would, and looks at how it answers."""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from cnnsearch.cli.app import main
from cnnsearch.errors import InputError

__all__ = ["LATEST", "Answer", "asked", "refused_or"]

LATEST = 20.0
"""Seconds after which no command may answer."""


class TooLateError(BaseException):
    """It had not answered by then; no handler of errors may keep it."""


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    said: str


def asked(*arguments: object) -> Answer:
    """The answer of a command: exit code 0, 1 or 2, and never a traceback or an answer too late."""
    said = io.StringIO()
    with _in_time(arguments), mock.patch.object(sys, "argv", ["cnnsearch", *map(str, arguments)]):
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                main()
        except SystemExit as exit_:
            code = exit_.code or 0
            assert code in (0, 1, 2), f"{arguments}: exit code {code}\n{said.getvalue()}"
            assert "Traceback" not in said.getvalue(), said.getvalue()
            assert code == 0 or "error: " in said.getvalue() or "Error" in said.getvalue(), f"{arguments}: no word"
            return Answer(int(code), said.getvalue())
        except Exception:  # noqa: BLE001 - whatever it is, its user sees a traceback
            raise AssertionError(f"{arguments} ended in a traceback\n{traceback.format_exc()}") from None
    return Answer(0, said.getvalue())


def refused_or(call: Callable[[], Any]) -> Any:
    """What a function gives; ``None`` where it refuses its input."""
    with _in_time(call):
        try:
            return call()
        except InputError:
            return None


@contextlib.contextmanager
def _in_time(what: object) -> Iterator[None]:
    """Seconds of this process alone, whatever else the machine does; what sleeps runs into pytest's own limit."""

    def late(_number: int, _frame: Any) -> None:
        raise TooLateError(f"no answer within {LATEST:g} s: {what}")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, LATEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
