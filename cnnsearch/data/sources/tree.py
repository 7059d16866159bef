"""Folders of pictures, on a disk or within an archive, as those who look for classes in them see them."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

__all__ = ["DiskFolder", "Folder", "MemberFolder"]


class Folder(Protocol):
    """A folder; as text it is its whole path.

    Attributes:
        name: its own.
        shown: its path relative to what the user named, with slashes; empty for that itself.
        is_loop: it is a link to a folder that it lies in.
    """

    @property
    def name(self) -> str: ...

    @property
    def shown(self) -> str: ...

    @property
    def is_loop(self) -> bool: ...

    def folders(self) -> Mapping[str, Folder]:
        """The folders in it by their names, sorted.

        Raises:
            OSError: it cannot be looked into.
        """
        ...

    def files(self) -> Mapping[str, os.PathLike[str]]:
        """The files in it by their names, sorted; ``OSError`` as of :meth:`folders`."""
        ...


@dataclass(frozen=True)
class DiskFolder:
    """On a disk; links are followed.

    Args:
        path: of the folder.
        shown: as of :class:`Folder`.
        above: the folders that it lies in, without links.
    """

    path: Path
    shown: str = ""
    above: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_loop(self) -> bool:
        return os.path.realpath(self.path) in self.above

    def folders(self) -> Mapping[str, DiskFolder]:
        return self._entries[0]

    def files(self) -> Mapping[str, Path]:
        return self._entries[1]

    @functools.cached_property
    def _entries(self) -> tuple[dict[str, DiskFolder], dict[str, Path]]:
        """Folders and files; whoever looks for classes asks for them several times."""
        above = self.above | {os.path.realpath(self.path)}
        with os.scandir(self.path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        folders = [entry.name for entry in entries if entry.is_dir()]
        return (
            {name: DiskFolder(self.path / name, joined(self.shown, name), above) for name in folders},
            {entry.name: self.path / entry.name for entry in entries if not entry.is_dir()},
        )

    def __str__(self) -> str:
        return str(self.path)


class MemberFolder:
    """Within an archive.

    Args:
        archive: what messages call that.
        shown: as of :class:`Folder`.
    """

    is_loop = False

    def __init__(self, archive: str, shown: str = "") -> None:
        self.shown = shown
        self.name = shown.rsplit("/", 1)[-1]
        self._archive = archive
        self._folders: dict[str, MemberFolder] = {}
        self._files: dict[str, os.PathLike[str]] = {}

    def add(self, name: str, file: os.PathLike[str]) -> None:
        """Put a file where its name says, with slashes; of two of one name the later one stays, as when unpacked."""
        first, _, rest = name.partition("/")
        if rest:
            if first not in self._folders:
                self._folders[first] = MemberFolder(self._archive, joined(self.shown, first))
            self._folders[first].add(rest, file)
        else:
            self._files[first] = file

    def folders(self) -> Mapping[str, MemberFolder]:
        return dict(sorted(self._folders.items()))

    def files(self) -> Mapping[str, os.PathLike[str]]:
        return dict(sorted(self._files.items()))

    def __str__(self) -> str:
        return joined(self._archive, self.shown) if self.shown else self._archive


def joined(folder: str, name: str) -> str:
    """A name below a folder that may be none."""
    return f"{folder}/{name}" if folder else name
