"""The question whether a study that somebody else made may run what it names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cnnsearch.cli.terminal.console import status
from cnnsearch.study.folder.errands import Errand
from cnnsearch.study.folder.trust import Ask

__all__ = ["Trust", "asking"]

Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Let a study that somebody else made run its command, tell whom it names, and import its model."
    ),
]


def asking(trust: bool) -> Ask:
    """Yes where the command line says so; else the user is shown what it is about and asked, if one sits there."""

    def ask(errands: Sequence[Errand]) -> bool:
        if trust or not sys.stdin.isatty():
            return trust
        status.print("This study was not made by you on this machine. It would")
        for errand in errands:
            status.print(f"  {errand.does} ({errand.where})", markup=False, soft_wrap=True)
        return typer.confirm("Let it?", err=True)

    return ask
