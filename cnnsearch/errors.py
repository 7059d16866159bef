"""What goes wrong, and whether it ends the trial or the sweep.

Each class says its consequence. ``InputError`` ends the command before anything is lost (exit code 2);
``SweepError`` ends the sweep, the ended trials are kept (exit code 1); ``TrialError`` ends one trial, which is
recorded as FAILED with its reason, and the sweep goes on.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
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
    "nearest",
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


class InputError(CnnsearchError, ValueError):
    """What the user gave cannot be used; nothing was started. Holds every problem found, not only the first."""

    def __init__(self, problems: Problem | Iterable[Problem], source: str | None = None) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.source = source
        super().__init__(str(self))

    def __str__(self) -> str:
        prefix = printable(f"{self.source}: ") if self.source else ""
        return "\n".join(f"{prefix}{problem}" for problem in self.problems)

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


def nearest(word: object, known: Iterable[str]) -> str:
    """`` Did you mean 'filters'?`` for the closest known word, or the list of valid ones where none is close."""
    words = list(known)
    close = difflib.get_close_matches(str(word), words, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return "valid: " + ", ".join(words)


_BYTE = re.compile(r"(?<!\\)((?:\\\\)*)\\udc([89a-f][0-9a-f])")
"""A byte that is no UTF-8, as :func:`repr` writes it."""


def _short(value: object, limit: int = 80) -> str:
    text = _BYTE.sub(r"\1\\x\2", repr(value))
    return text if len(text) <= limit else text[: limit - 3] + "..."
