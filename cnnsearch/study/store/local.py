"""A study in a folder, on this machine's disk or on one that all nodes share."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

from cnnsearch.study.store.atomic import replacing, write_atomic
from cnnsearch.study.store.inside import (
    file_path,
    found_at,
    members,
    open_to_append,
    open_to_read,
    own_file,
    parent_checked,
    strangers,
)
from cnnsearch.study.store.store import Entry, Keep, Store
from cnnsearch.study.store.temporary import is_left_behind

__all__ = ["LocalStore"]


@final
class LocalStore(Store):
    """Lines are appended and flushed, everything else is replaced atomically. No link in the folder is followed.

    Args:
        folder: the study folder. Made by the first file that is written whole; what is appended needs it, so
            that a study that somebody deletes does not come to life again.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder).resolve()
        self._unsynced: dict[str, None] = {}

    def __reduce__(self) -> tuple[type[LocalStore], tuple[Path]]:
        return LocalStore, (self._folder,)

    @property
    def location(self) -> str:
        return str(self._folder)

    @property
    def name(self) -> str:
        return self._folder.name

    @property
    def folder(self) -> Path:
        return self._folder

    def at(self, name: str) -> str:
        return str(self._folder / name)

    def read(self, name: str) -> bytes:
        with self._telling("read", name), self._opened(name) as file:
            return bytes(file.read())

    def write(self, name: str, content: bytes | str) -> None:
        with self._telling("write", name):
            write_atomic(self._made(name), content)

    def append(self, name: str, lines: Sequence[str], keep: Keep = "process") -> None:
        if self.fence is not None:
            self.fence()
        if keep == "machine":
            self._sync_others(name)
        if "/" in name:
            with self._telling("write", name):
                parent_checked(self._folder, name).parent.mkdir(exist_ok=True)  # and not the study folder itself
        with self._telling("write", name), os.fdopen(open_to_append(self._folder, name), "a+b") as file:
            if _ends_torn(file):
                file.write(b"\n")  # what a crash tore stays alone on its line
            file.write("".join(line + "\n" for line in lines).encode())
            file.flush()
            if keep == "machine":
                os.fsync(file.fileno())
        if keep == "machine":
            self._unsynced.pop(name, None)
        else:
            self._unsynced[name] = None

    def appended(self, name: str) -> bytes:
        try:
            return self.read(name)
        except FileNotFoundError:
            return b""

    def close(self) -> None:
        self._sync_others(None)

    def entries(self, below: str = "") -> dict[str, Entry]:
        with self._telling("list", below):
            return {name: _entry(found) for name, found in members(self._folder, below)}

    def entry(self, name: str) -> Entry | None:
        with self._telling("read", name):
            found = found_at(self._folder, name)
            return _entry(found) if found is not None and stat.S_ISREG(found.st_mode) else None

    def folders(self) -> list[str]:
        with self._telling("list", ""):
            if not self._folder.is_dir():
                return []
            return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def move(self, source: str, target: str) -> None:
        with self._telling("write", target):
            os.replace(file_path(self._folder, source), self._made(target))

    def delete(self, name: str) -> None:
        with self._telling("delete", name), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path = parent_checked(self._folder, name)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    @contextlib.contextmanager
    def as_file(self, name: str) -> Iterator[Path]:
        if not self.exists(name):
            raise FileNotFoundError(self.at(name))
        yield self._folder / name  # looked at just now

    def appendable(self, name: str) -> Path:
        with self._telling("write", name):
            return own_file(self._folder, name)

    def clear_leftovers(self) -> None:
        with self._telling("delete", ""):
            for name, found in members(self._folder):
                if found.st_uid == os.geteuid() and is_left_behind(name.rpartition("/")[2], found.st_mtime):
                    self.delete(name)

    def strangers(self) -> list[str]:
        with self._telling("list", ""):
            return strangers(self._folder)

    @contextlib.contextmanager
    def new_file(self, name: str) -> Iterator[Path]:
        with self._telling("write", name), replacing(self._made(name)) as path:
            yield path

    def _made(self, name: str) -> Path:
        path = file_path(self._folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _opened(self, name: str) -> Any:
        return os.fdopen(open_to_read(self._folder, name), "rb")

    def _sync_others(self, name: str | None) -> None:
        for other in [other for other in self._unsynced if other != name]:
            with self._telling("write", other), self._opened(other) as file:
                os.fsync(file.fileno())
            del self._unsynced[other]


def _entry(found: os.stat_result) -> Entry:
    return Entry(found.st_size, found.st_mtime)


def _ends_torn(file: Any) -> bool:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return bool(file.read(1) != b"\n")
