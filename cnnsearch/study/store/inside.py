"""What lies in a study's folder: files and folders of its own, and nothing that leads elsewhere or waits for somebody.

A study may come from anywhere. A link in it would let what is done to the study be done to a file outside of it, and
whoever opens a named pipe waits for ever. So no path in it is used before each of its parts was looked at, and what is
opened is looked at again. The folder itself may be reached through a link: that one is its owner's.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cnnsearch.study.store.atomic import write_atomic

__all__ = [
    "check_name",
    "file_path",
    "found_at",
    "members",
    "open_to_append",
    "open_to_read",
    "own_file",
    "parent_checked",
    "strangers",
]

_WARILY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A pipe or a link that was put there in the moment after it was looked at is not waited for, and not followed."""

_OF_OPTUNA = "optuna.journal.lock"
"""A link that Optuna locks its journal by, and that a killed driver leaves. It is made and removed, never followed."""


def check_name(name: str) -> None:
    """Make sure that a name stays in the study.

    Raises:
        OSError: it does not.
    """
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise OSError(errno.EINVAL, f"the name {name!r} leads out of the study")


def parent_checked(folder: Path, name: str) -> Path:
    """The path of ``name``, whose parents in the study are folders of its own, or not there yet.

    Raises:
        OSError: one is a link, or no folder.
    """
    check_name(name)
    path = folder / name
    for count in range(len(folder.parts) + 1, len(path.parts)):
        parent = path.parents[len(path.parts) - count - 1]
        mode = _mode(parent)
        if mode is None:
            break
        if not stat.S_ISDIR(mode):
            if stat.S_ISREG(mode):
                raise NotADirectoryError(errno.ENOTDIR, f"{parent} is no folder")
            raise _stranger(parent, mode)
    return path


def found_at(folder: Path, name: str) -> os.stat_result | None:
    """What a file or folder of the study is; ``None`` where there is nothing of that name.

    Raises:
        OSError: it is a link, or neither file nor folder, or one of its parents is.
    """
    try:
        path = parent_checked(folder, name)
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise _stranger(path, found.st_mode)
    return found


def file_path(folder: Path, name: str) -> Path:
    """The path of ``name``, which is a file, or a folder, of the study, or not there yet.

    Raises:
        OSError: as :func:`found_at`, and where a parent is no folder.
    """
    path = parent_checked(folder, name)
    found_at(folder, name)
    return path


def open_to_read(folder: Path, name: str) -> int:
    """The descriptor of a file of the study."""
    return _open(file_path(folder, name), os.O_RDONLY)


def open_to_append(folder: Path, name: str) -> int:
    """The descriptor of a file of the study, made where it is not there, to read and to append.

    A file that has other names (hard links: a snapshot, or something outside) is first made one of the study's own.
    """
    return _open(own_file(folder, name), os.O_RDWR | os.O_APPEND | os.O_CREAT)


def own_file(folder: Path, name: str) -> Path:
    """The path of ``name``, to which may be appended: a file that has no other name, or that is not there yet."""
    path = file_path(folder, name)
    found = found_at(folder, name)
    if found is not None and stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        with os.fdopen(open_to_read(folder, name), "rb") as shared:
            write_atomic(path, shared.read())
    return path


def members(folder: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Name and size of each file in a folder of the study and in the folders in it; nothing else is told or followed.

    Raises:
        OSError: ``below`` is a link, or lies below one.
    """
    for name, entry in _walk(folder, below):
        if entry.is_file(follow_symlinks=False):
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # a running sweep moves and deletes
                continue
            yield name, found


def strangers(folder: Path) -> list[str]:
    """What in a study's folder is neither a file nor a folder, each with what it is."""
    found = []
    for name, entry in _walk(folder, ""):
        if not entry.is_file(follow_symlinks=False) and not entry.name.startswith(_OF_OPTUNA):
            mode = _mode(Path(entry.path))
            if mode is not None and not stat.S_ISREG(mode):
                found.append(f"{name} ({_kind(mode)})")
    return sorted(found)


def _walk(folder: Path, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All that is in a folder and in the folders in it, but for these."""
    if below:
        found_at(folder, below)
    waiting = [below]
    while waiting:
        within = waiting.pop()
        try:
            with os.scandir(folder / within) as entries:
                listed = list(entries)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in listed:
            name = f"{within}/{entry.name}" if within else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            else:
                yield name, entry


def _open(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | _WARILY, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, or a pipe that nobody reads
            raise OSError(error.errno, _rule(path, "no file of its own")) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise _stranger(path, mode)
    return descriptor


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _stranger(path: Path, mode: int) -> OSError:
    return OSError(errno.ELOOP, _rule(path, _kind(mode)))


def _rule(path: Path, kind: str) -> str:
    return f"{path} is {kind}, and a study holds files and folders of its own only: remove it"


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no file")
