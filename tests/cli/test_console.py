"""What reaches a terminal: rich's own colours, and of texts from outside nothing that it would obey."""

from __future__ import annotations

import io
import logging
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cnnsearch.cli.terminal.console import complain, never_fail_to_print, print_text
from cnnsearch.cli.terminal.rich_private import Terminal
from cnnsearch.escaping import printable, printable_lines, without_colours

OWN = re.compile(r"\x1b\[[0-9;]*m")
"""rich's colours and styles."""

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\rover\b\u202egnp.exe\u2028[red]x[/red][link=http://e]y[/link]"
ODD = st.text(st.one_of(st.sampled_from("\x1b\x9b\r\n\t\x07\u202e\ud800[]/rm;1"), st.characters()))


def obeyed(text: str) -> list[str]:
    """Characters of a text that a terminal does not show, but does."""
    bidi = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return [one for one in text if (unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t") or one in bidi]


def table(text: str) -> Table:
    found = Table("column", box=None)
    found.add_row(text)
    return found


WAYS: dict[str, Callable[[str], Any]] = {
    "a string": str,
    "a text": Text,
    "a coloured one": lambda text: Text(text, style="bold red"),
    "a cell": table,
    "a cell of a text": lambda text: table(Text(text)),  # type: ignore[arg-type]
    "several": lambda text: Group(text, Text(text)),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_is_shown_is_obeyed(way: str) -> None:
    shown = Terminal(file=io.StringIO(), force_terminal=True, width=400)
    shown.print(WAYS[way](HOSTILE), soft_wrap=way != "a cell")
    written = shown.file.getvalue()  # type: ignore[attr-defined]
    left = OWN.sub("", written)
    assert obeyed(left) == []
    assert r"\x1b[2J\x1b]0;title" in left
    assert r"\u202egnp.exe\u2028" in left
    assert "[red]x[/red][link=http://e]y[/link]" in left
    assert ("\x1b[1;31m" in written) == (way == "a coloured one")


@given(ODD)
def test_texts_of_all_kinds(text: str) -> None:
    shown = Terminal(file=io.StringIO(), width=100_000)
    for way in WAYS.values():
        shown.print(way(text), soft_wrap=True)
    assert obeyed(shown.file.getvalue()) == []  # type: ignore[attr-defined]


def test_the_live_display_moves_the_cursor_and_texts_do_not() -> None:
    shown = Terminal(file=io.StringIO(), force_terminal=True, width=400)
    with Live(console=shown, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        live.update(Group(Text(HOSTILE), HOSTILE), refresh=True)
        live.update(Text(HOSTILE), refresh=True)
    written = shown.file.getvalue()  # type: ignore[attr-defined]
    moves = set(re.findall(r"\x1b\[\??\d*[A-Za-z]", OWN.sub("", written)))
    assert moves == {"\x1b[1A", "\x1b[2K", "\x1b[?25l", "\x1b[?25h"}  # up again, to draw anew
    assert "\x1b]" not in written
    assert obeyed(re.sub(r"\x1b|\r", "", written)) == []


def test_errors_texts_and_log_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    complain(f"one {HOSTILE}")
    print_text(f"two {HOSTILE}\n")
    handler = logging.StreamHandler(sys.stderr)
    monkeypatch.setattr(logging, "lastResort", handler)
    never_fail_to_print()
    handler.handle(logging.makeLogRecord({"msg": "three %s", "args": (HOSTILE,)}))
    told = capsys.readouterr()
    assert obeyed(told.out + told.err) == []
    assert told.out == f"two {printable_lines(HOSTILE)}\n"
    assert f"three {printable_lines(HOSTILE)}\n" in told.err
    assert f"error: one {printable(HOSTILE.split(chr(0x2028))[0].split(chr(13))[0])}" in told.err


def test_what_a_program_printed_loses_its_colours() -> None:
    assert without_colours("\x1b[31mred\x1b[0m 10%\r20%\b\a\n") == "red 10%20%\n"
