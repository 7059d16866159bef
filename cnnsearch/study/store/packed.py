"""The store of a study that was unpacked only to be read: nothing that is written to it could be kept."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, final

from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import shell_line
from cnnsearch.study.store.local import LocalStore
from cnnsearch.study.store.store import Entry, Keep, Store

__all__ = ["PackedStore"]


@final
class PackedStore(Store):
    """Reads what was unpacked, and refuses all else.

    Args:
        unpacked: the temporary folder.
        file: what the study is packed into.

    Raises:
        InputError: in every method that writes; says what to do instead.
    """

    def __init__(self, unpacked: LocalStore, file: Path) -> None:
        self._unpacked = unpacked
        self._file = file

    @property
    def location(self) -> str:
        return self._unpacked.location

    @property
    def source(self) -> str:
        return str(self._file)

    @property
    def name(self) -> str:
        return self._unpacked.name

    @property
    def folder(self) -> Path:
        return self._unpacked.folder

    def at(self, name: str) -> str:
        return self._unpacked.at(name)

    def read(self, name: str) -> bytes:
        return self._unpacked.read(name)

    def appended(self, name: str) -> bytes:
        return self._unpacked.appended(name)

    def entries(self, below: str = "") -> dict[str, Entry]:
        return self._unpacked.entries(below)

    def entry(self, name: str) -> Entry | None:
        return self._unpacked.entry(name)

    def folders(self) -> list[str]:
        return self._unpacked.folders()

    def as_file(self, name: str) -> contextlib.AbstractContextManager[Path]:
        return self._unpacked.as_file(name)

    def clear_leftovers(self) -> None:
        """Whatever lies there goes with the rest."""

    def close(self) -> None:
        """Nothing was written."""

    def strangers(self) -> list[str]:
        return self._unpacked.strangers()

    def check_writable(self) -> NoReturn:
        self._refuse()

    def write(self, name: str, content: bytes | str) -> NoReturn:  # noqa: ARG002
        self._refuse()

    def append(self, name: str, lines: Sequence[str], keep: Keep = "process") -> NoReturn:  # noqa: ARG002
        self._refuse()

    def move(self, source: str, target: str) -> NoReturn:  # noqa: ARG002
        self._refuse()

    def delete(self, name: str) -> NoReturn:  # noqa: ARG002
        self._refuse()

    def appendable(self, name: str) -> NoReturn:  # noqa: ARG002
        self._refuse()

    def new_file(self, name: str) -> NoReturn:  # noqa: ARG002
        self._refuse()

    def _refuse(self) -> NoReturn:
        unpack = shell_line(["python", "-m", "zipfile", "-e", str(self._file), "."])
        rule = f"is packed into one file, which can only be read: unpack it ({unpack}), and name its folder"
        raise InputError(Problem("STUDY", rule, str(self._file)))
