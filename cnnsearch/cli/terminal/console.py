"""Where the command line writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

from rich.text import Text

from cnnsearch.cli.terminal.rich_private import Terminal
from cnnsearch.escaping import PRINTABLE, json_text, printable, printable_lines

__all__ = ["complain", "never_fail_to_print", "out", "plain", "print_json", "print_text", "show_notes", "status"]


class _Formatter(logging.Formatter):
    """Of log lines that nobody else handles."""

    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(super().format(record))


out = Terminal()
status = Terminal(stderr=True)


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


def print_text(text: str) -> None:
    """A whole text on standard output, and nothing else: code, Markdown."""
    print(printable_lines(text), end="")


class _Notes(logging.Handler):
    """Prints what a user is told in passing."""

    def emit(self, record: logging.LogRecord) -> None:
        status.print(record.getMessage(), markup=False, soft_wrap=True)


def show_notes(quiet: bool) -> None:
    """Show what a user is told in passing, in this process; ``quiet``: not."""
    notes = logging.getLogger("cnnsearch.notes")
    notes.propagate = False
    notes.setLevel(logging.CRITICAL if quiet else logging.INFO)
    notes.handlers = [_Notes()]


def never_fail_to_print() -> None:
    """What the terminal's encoding does not have is escaped from now on, whoever prints it; so are lines of the log."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Formatter("%(message)s"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PRINTABLE)
