"""What goes wrong, and whether it ends the trial or the sweep.

Each class says its consequence. ``InputError`` ends the command before anything is lost (exit code 2);
``SweepError`` ends the sweep, the ended trials are kept (exit code 1); ``TrialError`` ends one trial, which is
recorded as FAILED with its reason, and the sweep goes on.
"""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cnnsearch.escaping import printable, printable_lines

__all__ = [
    "CnnsearchError",
    "InputError",
    "Problem",
    "RayLostError",
    "StorageError",
    "SweepError",
    "TrialError",
    "first_line",
    "is_full",
    "nearest",
    "unwritten",
]


class CnnsearchError(Exception):
    """Base of every error that cnnsearch raises on purpose. Its text can be shown anywhere."""

    def __str__(self) -> str:
        return printable_lines(super().__str__())


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what the user gave.

    Attributes:
        where: key path such as ``space.filters``, a file name, or a command-line option.
        rule: what must hold, and what would be right.
        value: the offending value as the user wrote it; ``None`` where there is none to show.
    """

    where: str
    rule: str
    value: object = None

    def __str__(self) -> str:
        shown = "" if self.value is None else f" (got {_short(self.value)})"
        return printable(f"{self.where}: {self.rule}{shown}" if self.where else f"{self.rule}{shown}")


_MOST_LINES = 50
"""Problems that an error tells; others are counted."""


class InputError(CnnsearchError, ValueError):
    """What the user gave cannot be used; nothing was started. Holds every problem found, not only the first."""

    def __init__(self, problems: Problem | Iterable[Problem], source: str | None = None) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.source = source
        super().__init__(str(self))

    def __str__(self) -> str:
        prefix = printable(f"{self.source}: ") if self.source else ""
        lines = [f"{prefix}{problem}" for problem in self.problems[:_MOST_LINES]]
        more = len(self.problems) - len(lines)
        return "\n".join([*lines, f"{prefix}and {more:,} more problems"] if more else lines)

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...], str | None]]:
        return type(self), (self.problems, self.source)


class TrialError(CnnsearchError):
    """This trial cannot go on; it is recorded as FAILED with this reason, and the sweep goes on."""


class SweepError(CnnsearchError):
    """The sweep cannot go on; every trial that had ended is in the study."""


class StorageError(SweepError):
    """Where the study is kept does not do what is asked (full, read-only, unreachable): it ends the sweep likewise."""


class RayLostError(SweepError):
    """Ray, or what it kept for the trials, has died: it ends the sweep likewise, and no trial FAILED by it."""


_FULL = (errno.ENOSPC, errno.EDQUOT)

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

_WHERE_OF_KERAS = "Exception encountered when calling"
"""How Keras begins a message, with the layer it was in, before it tells what went wrong."""

_MOST_OF_A_LINE = 300
"""Characters of an error's first line that are told."""

_MOST_WORDS = 200
"""Among so many the closest is looked for, and so many are listed."""


def unwritten(problem: Problem, error: OSError | StorageError) -> CnnsearchError:
    """What it is that a file cannot be written: bad input, as it was named; but a full disk is no mistake of input."""
    return StorageError(str(problem)) if is_full(error) else InputError(problem)


def first_line(error: BaseException, otherwise: str | None = None) -> str:
    """What an error of somebody else's code says first, in one line without colours, as it may say pages.

    Args:
        error: of a library, of code of the user's, or of the system.
        otherwise: told where it says nothing; left out, its class.
    """
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).splitlines()]
    told = [line for line in lines if line and not line.startswith(_WHERE_OF_KERAS)]
    return told[0][:_MOST_OF_A_LINE] if told else otherwise or type(error).__name__


def is_full(error: BaseException) -> bool:
    """Whether a disk, or a share of it, is full."""
    system = error if isinstance(error, OSError) else error.__cause__
    return isinstance(system, OSError) and system.errno in _FULL


def nearest(word: object, known: Iterable[str]) -> str:
    """`` Did you mean 'filters'?`` for the closest known word, or the list of valid ones where none is close."""
    words = list(known)
    if not words:
        return "there is none"
    # Comparing takes a hundredth of a millisecond a word: a space of thousands of unknown names asks for each.
    close = difflib.get_close_matches(str(word)[:200], words, n=1, cutoff=0.6) if len(words) <= _MOST_WORDS else []
    if close:
        return f"did you mean '{close[0]}'?"
    more = len(words) - _MOST_WORDS
    return "valid: " + ", ".join([*words[:_MOST_WORDS], f"and {more:,} more"] if more > 0 else words)


_BYTE = re.compile(r"(?<!\\)((?:\\\\)*)\\udc([89a-f][0-9a-f])")
"""A byte that is no UTF-8, as :func:`repr` writes it."""


_MOST_SHOWN = 80
"""Characters of a value that are shown."""

_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", dict: "{}"}


def _short(value: object) -> str:
    text = ""
    for piece in _written(value):  # no more of it is written than is shown: it may have a million items
        text += piece
        if len(text) > _MOST_SHOWN:
            break
    text = _BYTE.sub(r"\1\\x\2", text)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."


def _written(value: object) -> Iterator[str]:
    """The :func:`repr` of a value, piece by piece."""
    if isinstance(value, int) and value.bit_length() > 10_000:
        yield f"{value:#x}"  # in decimals it takes the square of its length, and Python refuses more than 4300 of them
    elif isinstance(value, str) and len(value) > 10 * _MOST_SHOWN:
        yield repr(value[: 10 * _MOST_SHOWN])
    elif type(value) in _BRACKETS:
        yield _BRACKETS[type(value)][0]
        for place, item in enumerate(value):  # type: ignore[var-annotated, arg-type]
            yield ", " if place else ""
            yield from _written(item)
            if isinstance(value, dict):
                yield ": "
                yield from _written(value[item])
        yield "," if isinstance(value, tuple) and len(value) == 1 else ""
        yield _BRACKETS[type(value)][1]
    else:
        yield repr(value)
