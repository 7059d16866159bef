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
from cnnsearch.data.sources.remote.kept_files import downloads_folder
from cnnsearch.errors import Problem, unwritten
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
    """Show what is kept on this machine for the next run: decoded pictures, tokens of texts, features, and answers of
    models that teach.

    All of it is made again where it is missing. Its bound is resources.cache_gb of an experiment. Downloads count for
    nothing in the bound, and stay.
    """
    root = default_root() if folder is None else Path(folder).expanduser().absolute()
    found, downloads = Cache(root, 0), root / downloads_folder().name
    kept = [each for kind in KINDS for each in found.entries(kind)]
    if clear:
        _clear(found, kept)
    else:
        out.print(f"{root}: {size(sum(each.bytes for each in kept))}", markup=False, soft_wrap=True)
        if kept:
            out.print(_listed(found, kept))
    _tell_downloads(downloads, clear)


def _tell_downloads(folder: Path, clear: bool) -> None:
    """They may have been put there by hand, where there is no network: nothing but their user deletes them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if files:
        stay = "; they stay, delete them yourself" if clear else ""
        total = sum(path.stat().st_size for path in files)
        out.print(f"{folder}: {size(total)} of downloads, on top of the bound{stay}", markup=False, soft_wrap=True)


def _clear(cache: Cache, kept: list[Kept]) -> None:
    try:
        left = cache.clear()
    except OSError as error:
        problem = Problem("--clear", f"cannot delete: {error.strerror or error}", str(cache.root))
        raise unwritten(problem, error) from None
    there = [each for kind in KINDS for each in cache.entries(kind)]
    freed = sum(each.bytes for each in kept) - sum(each.bytes for each in there)
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
