"""A study in one file: a zip of its folder, to be sent to somebody or put away, and read without unpacking it by hand.

Such a file may come from anywhere: a member that would be written outside the folder it is unpacked into, a link, or
more than the disk holds, or far more than the file's own size, is refused.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from cnnsearch.errors import InputError, Problem, StorageError, unwritten
from cnnsearch.escaping import json_text, printable
from cnnsearch.experiment import Experiment
from cnnsearch.study.environment import without_secrets
from cnnsearch.study.record.lines import CURVES, PROPOSALS, TRIALS
from cnnsearch.study.store import Store
from cnnsearch.study.store.atomic import replacing
from cnnsearch.study.store.segments import segments_among
from cnnsearch.unzipping import sizes_problem

__all__ = ["is_packed", "pack", "unpack"]

_LAST_FIRST = (TRIALS, CURVES, PROPOSALS)
"""The record is written the other way round: read like this, each ended trial has its curve and its proposal, although
a sweep may be adding to them."""

_LEFT_OUT = "checkpoints"
_STORED = (".keras", ".npz", ".png")
"""Compressed already."""


def is_packed(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a file that may be a packed study."""
    return Path(path).is_file() and zipfile.is_zipfile(path)


def pack(store: Store, file: Path) -> Path:
    """Write a study into the new zip ``file``, as a folder, without what only a running sweep needs.

    Raises:
        InputError: there is such a file, or it cannot be written.
        StorageError: its disk is full.
    """
    if file.exists():
        raise InputError(Problem("-o", "is there already, and nothing is overwritten; name another file", str(file)))
    try:
        with replacing(file) as temporary, zipfile.ZipFile(temporary, "w", strict_timestamps=False) as archive:
            inside = printable(store.name).replace("\\", "-")  # a folder may be called anything, a member may not
            for name, content in _members(store):
                kind = zipfile.ZIP_STORED if name.endswith(_STORED) else zipfile.ZIP_DEFLATED
                archive.writestr(f"{inside}/{name}", _without_secrets(name, content), kind)
    except StorageError as error:
        raise InputError(Problem("STUDY", str(error))) from None
    except OSError as error:
        raise unwritten(Problem("-o", f"cannot write the packed study: {error.strerror}", str(file)), error) from None
    return file


def unpack(file: Path, into: Path) -> Path:
    """Write what a packed study holds into the folder ``into``, and return the study folder in it.

    Raises:
        InputError: the file is no packed study, is damaged, or holds something that no study does.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_sizes(archive, file)
            _check(members, file, into)
            roots = {name.parent for name in _names(members) if name.name == "experiment.yaml" and len(name.parts) <= 2}
            if len(roots) != 1:
                raise InputError(
                    Problem(
                        "STUDY", "is not a packed study: it has no experiment.yaml, or its end is missing", str(file)
                    )
                )
            root = roots.pop()
            for member, name in zip(members, _names(members), strict=True):
                if name.is_relative_to(root):
                    target = into / "study" / name.relative_to(root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(member) as source, target.open("wb") as written:
                        shutil.copyfileobj(source, written)
    except InputError:
        raise
    except OSError as error:
        raise InputError(Problem("STUDY", f"cannot unpack it: {error.strerror or error}", str(file))) from None
    except Exception as error:  # noqa: BLE001 - whatever a damaged zip makes its reader raise
        told = str(error) or type(error).__name__
        raise InputError(Problem("STUDY", f"is not a packed study that can be read: {told}", str(file))) from None
    return into / "study"


def _members(store: Store) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a study, as in a folder: what was appended in segments is made one file."""
    record = [(name, store.appended(name)) for name in _LAST_FIRST]
    names = store.entries()
    segmented = dict(_appended(names))
    for name in [*names, *segmented.values()]:
        parts = name.split("/")
        if name.rpartition("/")[0] in segmented or name in _LAST_FIRST or parts[0] == _LEFT_OUT:
            continue
        if not any(part.startswith(".") for part in parts):
            with contextlib.suppress(FileNotFoundError):  # a running sweep has just put another file in its place
                yield name, store.appended(name) if name in segmented.values() else store.read(name)
    yield from ((name, content) for name, content in record if content)


def _without_secrets(name: str, content: bytes) -> bytes:
    """A packed study is made to be sent: studies of earlier versions kept addresses and commands as they were given.

    Raises:
        InputError: what may hold a secret cannot be read.
    """
    if name == "experiment.yaml":
        given = Experiment.from_text(content, name)
        kept = given.without_secrets()
        return content if kept == given else kept.to_yaml().encode()
    if name == "environment.json":
        try:
            environment = json.loads(content)
        except ValueError as error:
            raise InputError(Problem(name, f"is not valid JSON: {error}")) from None
        left = without_secrets(environment)
        return content if left == environment else json_text(left, indent=2).encode()
    return content


def _appended(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Folders that hold segments, and the name of what was appended to each."""
    for folder in {name.rpartition("/")[0] for name in names if segments_among([name])}:
        yield folder, folder if "." in folder else f"{folder}.jsonl"


def _names(members: list[zipfile.ZipInfo]) -> list[PurePosixPath]:
    return [PurePosixPath(member.filename) for member in members]


def _check_sizes(archive: zipfile.ZipFile, file: Path) -> None:
    problem = sizes_problem(archive, file.stat().st_size)
    if problem is not None:
        rule = f"{problem}: where you trust it, unpack it by hand and name its folder instead"
        raise InputError(Problem("STUDY", rule, str(file)))
    names = Counter(name for name in _names(archive.infolist()))
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice is not None:
        raise InputError(Problem("STUDY", f"is refused: it holds {str(twice)!r} twice", str(file)))


def _check(members: list[zipfile.ZipInfo], file: Path, into: Path) -> None:
    for member, name in zip(members, _names(members), strict=True):
        nowhere = not name.parts or name.is_absolute() or ".." in name.parts
        leaves = nowhere or "\\" in member.filename or ":" in name.parts[0]
        if leaves or stat.S_ISLNK(member.external_attr >> 16):
            rule = "is refused: it holds a member that would be written outside of its folder"
            raise InputError(Problem("STUDY", f"{rule}, {member.filename!r}", str(file)))
    needed, free = sum(member.file_size for member in members), shutil.disk_usage(into).free
    if needed > free:
        rule = f"needs {needed / 2**30:.1f} GB to be unpacked, and {free / 2**30:.1f} GB are free in {into}"
        raise InputError(Problem("STUDY", rule, str(file)))
