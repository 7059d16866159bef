"""Commands that read a study: one that cannot be read is bad input to them, and not a sweep that failed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.store import UnreadableError

__all__ = ["reading"]

_Given = ParamSpec("_Given")


def reading(command: Callable[_Given, None]) -> Callable[_Given, None]:
    """The command; where it cannot read, it ends as for any other bad input."""

    @functools.wraps(command)
    def read(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except UnreadableError as error:
            raise InputError(Problem("STUDY", str(error))) from None

    return read
