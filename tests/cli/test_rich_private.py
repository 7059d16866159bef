"""The inside of Rich in the installed version."""

from __future__ import annotations

import io

from private_parts import Part, check
from rich.table import Table
from rich.text import Text

from cnnsearch.cli.terminal.rich_private import Terminal


def lets_everything_out_by_one_door() -> bool:
    """Whatever draws it: a text, a line of styles, a cell, a title, a panel's edge."""
    file = io.StringIO()
    shown = Terminal(file=file, force_terminal=True, width=80)
    table = Table("a\x1b[2J", title="b\x1b[2J")
    table.add_row(Text("c\x1b[2J"))
    shown.print(table)
    shown.print(Text("d\x1b[2J"))
    shown.rule("e\x1b[2J")
    with shown.capture() as captured:
        shown.print("f\x1b[2J")
    text = file.getvalue() + captured.get()
    return "\x1b[2J" not in text and text.count("\\x1b[2J") == 6


def test_rich_is_inside_what_it_was() -> None:
    needed = "showing names of files and classes as they are spelled; a terminal would obey what stands in them"
    check(
        "rich", "cli/terminal/rich_private.py", Part("Console._render_buffer", lets_everything_out_by_one_door, needed)
    )
