"""A ``.keras`` file before Keras reads it: whether it is a zip that is whole, and of a size that can be."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cnnsearch.unzipping import sizes_problem

__all__ = ["archive_problem"]


def archive_problem(path: Path) -> str | None:
    """Why Keras is not given a file to read, in words; ``None`` where nothing keeps it from that."""
    if not path.is_file():
        return "it is a folder, and no file that Keras wrote" if path.is_dir() else "there is no such file"
    try:
        with zipfile.ZipFile(path) as archive:
            problem = sizes_problem(archive, path.stat().st_size)
            damaged = None if problem is not None else archive.testzip()
    except Exception as error:  # noqa: BLE001 - whatever a damaged zip makes its reader raise
        return f"it is no .keras file, or damaged ({error})"
    if problem is not None:
        return f"it {problem}"
    return None if damaged is None else f"its part {damaged!r} is damaged"
