"""Study folders on disk: their names, creation, atomic files, and which there are."""

from __future__ import annotations

import itertools
import json
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.study.packed import is_packed

__all__ = ["create_folder", "disk_use", "find_folder", "slug_of", "study_folders", "write_atomic", "write_json"]


def slug_of(name: str) -> str:
    """``[a-z0-9-]`` made from a study's name, at most 60 characters, never empty."""
    ascii_text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower())[:60].strip("-") or "study"


def create_folder(output: Path, name: str) -> Path:
    """A new folder ``output/<slug>``; a taken slug gets ``-2``, ``-3`` ...

    Raises:
        InputError: the folder cannot be made.
    """
    slug = slug_of(name)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            folder = output / (slug if number == 1 else f"{slug}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder.resolve()
    except OSError as error:
        raise InputError(
            Problem("--output", f"cannot make a study folder there: {error.strerror}", str(output))
        ) from None
    raise AssertionError("unreachable: count() does not end")


def study_folders(output: Path) -> list[Path]:
    """The study folders in ``output``, oldest first."""
    if not output.is_dir():
        return []
    found = [path for path in output.iterdir() if (path / "experiment.yaml").is_file()]
    return sorted(found, key=lambda path: (path / "experiment.yaml").stat().st_mtime)


def find_folder(study: str, output: Path) -> Path:
    """The folder of a study, or the file that it is packed into, given by its path or by its name in ``output``.

    Raises:
        InputError: there is none; names the nearest.
    """
    for path in (Path(study), output / study):
        if (path / "experiment.yaml").is_file() or is_packed(path):
            return path.resolve()
    known = [path.name for path in study_folders(output)]
    hint = nearest(study, known) if known else f"there is no study in {output}"
    raise InputError(Problem("STUDY", f"no study folder of that name or path; {hint}", study))


def disk_use(folder: Path) -> int:
    """Bytes of all files in a folder; those that go away meanwhile, as in a running sweep, do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue
    return total


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replace ``path`` in one step: a reader sees the old content or the new, never a part."""
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp's own mode shuts out everyone else
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Replace ``path`` with ``content`` as indented JSON, atomically."""
    write_atomic(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
