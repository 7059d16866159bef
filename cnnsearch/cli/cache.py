"""``cnnsearch cache``: what is kept for the next run, and how to be rid of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cnnsearch.cache.cache import KINDS, Cache, Kept, default_root
from cnnsearch.cache.entries import open_entry
from cnnsearch.cli.terminal.console import out, plain
from cnnsearch.report.numbers import size

__all__ = ["CacheFolder", "cache"]

CacheFolder = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Folder for what is kept for the next run, as decoded pictures; over resources.cache.",
    ),
]

_HOUR, _DAY = 3600, 86400


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete everything that no run uses.")] = False,
    folder: Annotated[
        str | None, typer.Option("--cache", metavar="DIR", help="Folder; left out, the usual one.")
    ] = None,
) -> None:
    """Show what is kept on this machine for the next run: decoded pictures, and features of frozen backbones.

    All of it is made again where it is missing. Its bound is resources.cache_gb of an experiment.
    """
    root = default_root() if folder is None else Path(folder).expanduser().absolute()
    found = Cache(root, 0)
    kept = [each for kind in KINDS for each in found.entries(kind)]
    if clear:
        _clear(found, kept)
        return
    out.print(f"{root}: {size(sum(each.bytes for each in kept))}", markup=False, soft_wrap=True)
    if kept:
        out.print(_listed(found, kept))


def _clear(cache: Cache, kept: list[Kept]) -> None:
    left = cache.clear()
    freed = sum(each.bytes for each in kept) - sum(each.bytes for each in left)
    out.print(f"{cache.root}: {size(freed)} deleted", markup=False, soft_wrap=True)
    if left:
        out.print(f"{size(sum(each.bytes for each in left))} stay, as runs use them", markup=False, soft_wrap=True)


def _listed(cache: Cache, kept: list[Kept]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("kind", "what", "size", "used"):
        table.add_column(column)
    for each in sorted(kept, key=lambda each: -each.used):
        entry = open_entry(cache, each.folder, looks=True)
        name = "damaged, or of another version" if entry is None else str(entry.about.get("name", ""))
        table.add_row(each.folder.parent.name, plain(name), size(each.bytes), _ago(time.time() - each.used))
    return table


def _ago(seconds: float) -> str:
    if seconds < _HOUR:
        return "within the hour"
    return f"{seconds / _HOUR:.0f} h ago" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days ago"
