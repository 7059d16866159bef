"""From the bytes of a file of the record to its lines, each of them checked.

A crash leaves half a line, or, with its machine, zeros: these are left out without a word. What else is no JSON is left
out and told. A line that is JSON, and not what its file holds, is refused: by file, line and key.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import logging
from collections.abc import Iterator
from typing import Any, Generic

from pydantic import ValidationError

from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import printable
from cnnsearch.study.record.lines import AnyLine, LineFile, checked_line, quick_reader
from cnnsearch.study.record.schema import loaded

__all__ = ["LineReader"]

_LOG = logging.getLogger("cnnsearch")

_MOST_PROBLEMS = 5
"""Of one file that are named."""

_MOST_NAMED = 10
"""Lines left out that are named."""

_LONGEST_TOKEN = len("\\ud83d\\ude00")
"""So far from its end a torn line may be found to be no JSON: an escape, a number or a word was cut."""

_REMEDY = "the file was damaged, or written by another program: mend the line, or remove it"


class LineReader(Generic[AnyLine]):
    """Reads one file of a record, piece by piece, and knows at which line it is.

    Args:
        name: of the file, which says what its lines are.
        where: the study, for messages.
    """

    def __init__(self, name: LineFile[AnyLine], where: str) -> None:
        self._name = name
        self._where = where
        self._line = 0
        self._check = quick_reader(name)

    def read(self, content: bytes) -> list[AnyLine]:
        """The lines of the next piece of the file, in order.

        Raises:
            InputError: one of them is not what the file holds; names the first few.
        """
        with _no_collection():
            return self._read(content)

    def _read(self, content: bytes) -> list[AnyLine]:
        check, found = self._check, list[AnyLine]()
        problems: list[Problem] = []
        left_out: list[int] = []
        begin = self._line + 1
        raws = content.split(b"\n")
        self._line += len(raws) - 1
        odd = b"NaN" in content or b"Infinity" in content
        for number, raw in enumerate(raws, begin):
            if not odd:
                try:
                    found.append(check(raw))
                    continue
                except ValidationError:
                    pass
            line = self._looked_at(number, raw, problems, left_out)
            if line is not None:
                found.append(line)
        if left_out:
            _tell_once(self._said(left_out))
        if problems:
            raise InputError(_first(problems), self._where)
        return found

    def _looked_at(self, number: int, raw: bytes, problems: list[Problem], left_out: list[int]) -> AnyLine | None:
        """A line that may be odd; ``None`` where it is left out, or has problems."""
        text = raw.strip(b"\0 \t\r")
        if not text:
            return None
        where = f"{self._name}, line {number}"
        try:
            content: Any = json.loads(text.decode())
        except RecursionError:
            problems.append(Problem(where, f"is nested too deeply; {_REMEDY}"))
            return None
        except ValueError as error:
            if not _is_torn(text, error):
                left_out.append(number)
            return None
        try:
            content = loaded(text)
        except ValueError as error:
            problems.append(Problem(where, f"{error}; {_REMEDY}"))
            return None
        line, found = checked_line(self._name, content, where)
        problems += [Problem(one.where, f"{one.rule}; {_REMEDY}", one.value) for one in found]
        return line

    def _said(self, left_out: list[int]) -> str:
        named = ", ".join(map(str, left_out[:_MOST_NAMED]))
        more = f" and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
        lines = f"line {named} is" if len(left_out) == 1 else f"lines {named}{more} are"
        return printable(f"{self._where}: {self._name}, {lines} no JSON and left out: the file was damaged")


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without looking for garbage among lines that are all kept: of 100,000 that takes longer than to read them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _first(problems: list[Problem]) -> list[Problem]:
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], *([Problem("", f"and {more} more such problems")] if more > 0 else [])]


def _is_torn(text: bytes, error: ValueError) -> bool:
    """Whether more could have followed, and made it JSON."""
    if isinstance(error, UnicodeDecodeError):
        return error.reason == "unexpected end of data" and error.end == len(text)
    if not isinstance(error, json.JSONDecodeError):
        return False
    cut = error.pos >= len(error.doc) - _LONGEST_TOKEN or error.msg.startswith("Unterminated string")
    return text.startswith(b"{") and cut


@functools.cache  # a command reads a file several times
def _tell_once(text: str) -> None:
    _LOG.warning("%s", text)
