"""The pages for users, and the examples in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Example", "commands", "examples"]

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "cluster" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(cnnsearch .*)$", re.MULTILINE)
_INLINE = re.compile(r"`(cnnsearch [^`]*)`")
_SHELL = (">", "|", "&&", ";")


@dataclass(frozen=True)
class Example:
    """A part of a page that readers copy.

    Attributes:
        is_whole: it stands by itself; a command in a sentence may leave out what it is given.
    """

    page: Path
    line: int
    text: str
    is_whole: bool = True

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def examples(language: str) -> list[Example]:
    """The blocks of a language in all pages."""
    return [
        Example(page, text.count("\n", 0, found.start()) + 1, found[2])
        for page in PAGES
        for text in (page.read_text(encoding="utf-8"),)
        for found in _FENCE.finditer(text)
        if found[1] == language
    ]


def commands() -> list[Example]:
    """The calls of ``cnnsearch`` in all pages."""
    return [example for page in PAGES for example in _commands(page)]


def _commands(page: Path) -> Iterator[Example]:
    text = page.read_text(encoding="utf-8")
    for pattern, is_whole in ((_INDENTED, True), (_INLINE, False)):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            words = list(
                takewhile(lambda word: word not in _SHELL, shlex.split(" ".join(found[1].split()), comments=True))
            )
            yield Example(page, line, shlex.join(words), is_whole)
