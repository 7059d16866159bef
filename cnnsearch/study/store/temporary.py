"""Temporary files and folders, named after the process that made them, so that whoever comes next can clear them away.

A process that is killed clears nothing away. What lies around is deleted only where its own name says whose it was, and
that process is dead, for certain: it was this machine's, and this user's.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from cnnsearch.study.store.process import TOKEN, Process

__all__ = [
    "clear_beside",
    "folder_beside",
    "is_left_behind",
    "is_temporary",
    "name_beside",
    "new_folder",
    "temporary_folder",
]

_LONGEST = 100
"""Characters of a file's name that its temporary file's begins with."""

_FILE = re.compile(rf"\.(?P<stem>.*)\.(?P<process>{TOKEN})-[0-9a-f]{{8}}(?P<suffix>\.[^.]*)?", re.ASCII | re.DOTALL)
_OLDER = re.compile(r"\.[\w-]+\.[a-z0-9_]{8}\.(?:html|json|yaml|keras|npz|png|py)", re.ASCII)
"""As earlier versions named them."""

_DAY = 86_400.0
_FOLDER = re.compile(rf"cnnsearch-(?:[a-z]+-)?(?P<process>{TOKEN})-\w+", re.ASCII)


def name_beside(path: Path) -> Path:
    """Where what will become ``path`` is written first: in its folder, hidden, of the same suffix."""
    return path.with_name(f".{path.stem[:_LONGEST]}.{Process.this().token}-{uuid.uuid4().hex[:8]}{path.suffix}")


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that is still written to, or was when its process died."""
    return bool(_FILE.fullmatch(name) or _OLDER.fullmatch(name))


def is_left_behind(name: str, modified: float) -> bool:
    """Whether a file in a study is one that :func:`name_beside` named, and nobody writes to it any more.

    Its process is dead; where that cannot be told, as it was another machine's or of an earlier version that did not
    tell, it is a day old: nothing of a study takes so long to write.

    Args:
        name: of the file, without its folder.
        modified: Unix seconds.
    """
    found = _FILE.fullmatch(name)
    lives = None if found is None else _lives(found["process"])
    if found is None and not _OLDER.fullmatch(name):
        return False
    return time.time() - modified > _DAY if lives is None else not lives


def clear_beside(path: Path) -> None:
    """Delete what dead processes left of what should have become ``path``. What cannot be deleted stays."""
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            found = _FILE.fullmatch(entry.name) if entry.name.startswith(f".{path.stem[:_LONGEST]}.") else None
            if found and (found["stem"], found["suffix"] or "") == (path.stem[:_LONGEST], path.suffix):
                _clear(entry, found["process"])


@contextlib.contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder beside ``path`` for what is written on the way to it, deleted at the end of the block."""
    clear_beside(path)
    folder = name_beside(path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_folder(kind: str = "") -> Path:
    """A temporary folder for this user alone, that whoever makes it deletes.

    Args:
        kind: what it is for, in small letters; stands in its name.
    """
    _clear_temporary(tempfile.gettempdir())
    begin = f"cnnsearch-{kind}-" if kind else "cnnsearch-"
    return Path(tempfile.mkdtemp(prefix=f"{begin}{Process.this().token}-")).resolve()


@contextlib.contextmanager
def temporary_folder(kind: str = "") -> Iterator[Path]:
    """As :func:`new_folder`, deleted at the end of the block."""
    folder = new_folder(kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache  # once a process: a sweep makes many
def _clear_temporary(within: str) -> None:
    """Delete the temporary folders of this user's dead processes."""
    with contextlib.suppress(OSError), os.scandir(within) as entries:
        for entry in entries:
            found = _FOLDER.fullmatch(entry.name)
            if found and entry.is_dir(follow_symlinks=False):
                _clear(entry, found["process"])


def _clear(entry: os.DirEntry[str], token: str) -> None:
    """Delete what a process made, where that is this user's and the process is dead. Links are not followed."""
    with contextlib.suppress(OSError):
        if entry.stat(follow_symlinks=False).st_uid != os.geteuid() or _lives(token) is not False:
            return
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


def _lives(token: str) -> bool | None:
    process = Process.of(token)
    return None if process is None else process.lives
