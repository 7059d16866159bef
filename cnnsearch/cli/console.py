"""Where the command line writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import io
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from cnnsearch.escaping import PRINTABLE, json_text, printable, printable_lines

__all__ = ["complain", "never_fail_to_print", "out", "plain", "print_json", "status"]


class _Terminal(Console):
    """Shows texts from outside as they are spelled: a terminal must not obey what a file's name holds."""

    def render_str(self, text: str, **options: Any) -> Text:  # type: ignore[override]
        return super().render_str(printable_lines(text), **options)


out = _Terminal(highlight=False, emoji=False)
status = _Terminal(stderr=True, highlight=False, emoji=False)


def plain(text: str) -> Text:
    """A name or path from outside for a table or a line of several styles: no markup is read in it."""
    return Text(printable(text))


def complain(message: str) -> None:
    """An error, each of its lines whole: no wrapping, no markup in what the user gave."""
    for line in message.splitlines():
        status.print(Text("error: ", style="bold red").append(printable(line), style="default"), soft_wrap=True)


def print_json(content: Any) -> None:
    """One JSON value on standard output, and nothing else."""
    print(json_text(content, indent=2))


def never_fail_to_print() -> None:
    """What the terminal's encoding does not have is escaped from now on, whoever prints it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PRINTABLE)
