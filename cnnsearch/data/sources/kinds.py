"""Which source takes what lies at a path: a folder, an archive, a ``.npz`` or a Parquet file."""

from __future__ import annotations

import contextlib
import os
import zipfile
from pathlib import Path

from cnnsearch.data.sources.archive import is_archive
from cnnsearch.data.sources.class_files import is_picture
from cnnsearch.data.sources.keys import AnySource, FilesSource
from cnnsearch.errors import InputError, Problem

__all__ = ["check_kind", "kind_of"]

_PARQUET = b"PAR1"
"""Begins every such file."""

_TAKES = {
    "directory": ("directory",),
    "archive": ("archive",),
    "npz": ("npz",),
    "parquet": ("parquet", "directory"),
    "csv": (),
    "jsonl": (),
}
"""Source -> what it takes, of what is known by :func:`kind_of`."""

_WORDS = {
    "directory": "a folder",
    "archive": "a zip or tar",
    "npz": "a file of NumPy's arrays (.npz)",
    "parquet": "a Parquet file",
}


def kind_of(path: Path) -> str:
    """``directory``, ``archive``, ``npz`` or ``parquet``; empty for anything else, and for what cannot be read."""
    if path.is_dir():
        return "directory"
    if not path.is_file():  # a pipe is never read to see what it is
        return ""
    with contextlib.suppress(OSError, EOFError, zipfile.BadZipFile):
        with path.open("rb") as file:
            if file.read(len(_PARQUET)) == _PARQUET:
                return "parquet"
        if zipfile.is_zipfile(path):
            return _kind_of_zip(path)
        return "archive" if is_archive(path) else ""
    return ""


def check_kind(source: AnySource) -> None:
    """Whether what lies at the path of a source is for another one.

    Raises:
        InputError: it is; names that one.
    """
    name = str(getattr(source, "source", ""))
    if not isinstance(source, FilesSource) or name not in _TAKES:
        return
    path = os.path.expanduser(source.path)
    found = kind_of(Path(path)) if os.path.exists(path) else ""
    if found and found not in _TAKES[name]:
        raise InputError(Problem("dataset.path", f"is {_WORDS[found]}: say source: {found}, not {name}", path))


def _kind_of_zip(path: Path) -> str:
    """An empty one may be meant for either; arrays beside pictures are none that are read."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    has_arrays = any(name.endswith(".npy") for name in names) and not any(map(is_picture, names))
    return ("npz" if has_arrays else "archive") if names else ""
