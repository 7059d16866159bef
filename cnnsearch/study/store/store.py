"""Store: everything that reads or writes a study goes through one."""

from __future__ import annotations

import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cnnsearch.errors import StorageError
from cnnsearch.escaping import json_text

__all__ = ["Entry", "Keep", "Store"]

Keep = Literal["soon", "process", "machine"]
"""What an appended line outlives, once the call is over: nothing yet, but within seconds the process; the process that
wrote it; the machine, together with everything that was appended before it."""


@dataclass(frozen=True)
class Entry:
    """A file or object of a study.

    Attributes:
        bytes: its size.
        modified: Unix seconds, by the clock of the storage.
    """

    bytes: int
    modified: float


class Store(ABC):
    """One study's files, by names with forward slashes: ``trials.jsonl``, ``best/model.keras``.

    Holds no open file and no connection that cannot be made again, so it can be pickled and sent to workers. Only one
    process appends at a time (:mod:`cnnsearch.study.hold`); any number may read meanwhile.

    Raises:
        StorageError: in every method, where the storage does not do what is asked; names path and reason.
        FileNotFoundError: in those that read, where there is nothing of that name.

    Attributes:
        fence: called before anything is appended to the record; raises where this process may not any more.
    """

    fence: Callable[[], None] | None = None

    @property
    @abstractmethod
    def location(self) -> str:
        """Path or URI of the study."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The study's slug: the last part of its location."""

    @property
    @abstractmethod
    def folder(self) -> Path | None:
        """The local folder; ``None`` on object storage."""

    @abstractmethod
    def at(self, name: str) -> str:
        """Path or URI of one file, to show."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The content of a file."""

    @abstractmethod
    def write(self, name: str, content: bytes | str) -> None:
        """Make or replace a file in one step: a reader sees the old content or the new, never a part."""

    @abstractmethod
    def append(self, name: str, lines: Sequence[str], keep: Keep = "process") -> None:
        """Add lines to a file of the record."""

    @abstractmethod
    def appended(self, name: str) -> bytes:
        """All that was appended to a file of the record, in order; empty where nothing was.

        Lines torn by a crash are in it, each on a line of its own, and lines may come twice.
        """

    @abstractmethod
    def close(self) -> None:
        """Nobody appends for now: keep what was appended, in a form that is quick to read."""

    @abstractmethod
    def entries(self, below: str = "") -> dict[str, Entry]:
        """Every file in a folder and the folders in it, by name, without links; empty where there is no such folder."""

    @abstractmethod
    def entry(self, name: str) -> Entry | None:
        """A file's size and time; ``None`` where there is no such file."""

    @abstractmethod
    def folders(self) -> list[str]:
        """Names of the folders that lie directly in this one, in order; none where it is not there."""

    @abstractmethod
    def move(self, source: str, target: str) -> None:
        """Rename a file, replacing what was there."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it (``""``: the whole study); it may be gone already."""

    @abstractmethod
    def as_file(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A file of this machine with the content of ``name``, for what reads by path; not to be written to."""

    @abstractmethod
    def new_file(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A path to write to, which becomes ``name`` in one step when the block ends without an error."""

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return self.entry(name) is not None

    def size(self) -> int:
        """Bytes of all its files."""
        return sum(entry.bytes for entry in self.entries().values())

    def write_json(self, name: str, content: Any) -> None:
        """Replace a file with ``content`` as indented JSON."""
        self.write(name, json_text(content, indent=2) + "\n")

    def remake(self, name: str, content: bytes | str) -> None:
        """As :meth:`write`, of a file that is made from others: whatever else lies there, as a folder, gives way."""
        try:
            is_file = self.entry(name) is not None
        except StorageError:
            is_file = False
        if not is_file:
            self.delete(name)
        self.write(name, content)

    def remake_json(self, name: str, content: Any) -> None:
        """As :meth:`write_json`, and :meth:`remake`."""
        self.remake(name, json_text(content, indent=2) + "\n")

    def read_json(self, name: str) -> Any:
        """The content of a JSON file.

        Raises:
            ValueError: it is not valid JSON.
        """
        return json.loads(self.read(name))

    @property
    def is_study(self) -> bool:
        """Whether a study is kept here."""
        return self.exists("experiment.yaml")

    @contextlib.contextmanager
    def _telling(self, action: str, name: str) -> Iterator[None]:
        """An error of the storage in words, with the path."""
        try:
            yield
        except FileNotFoundError:
            if action == "read":
                raise
            raise StorageError(f"cannot {action} {self.at(name)}: the folder is not there") from None
        except OSError as error:
            raise StorageError(f"cannot {action} {self.at(name)}: {_reason(error)}") from error


_AMAZON = re.compile(
    r"AWS Error (?P<kind>[A-Z_]+) during \w+ operation: (curlCode: \d+, )?(?P<told>.*?)(; Details: .*| \(Request .*)?$"
)


def _reason(error: OSError) -> str:
    """The system's words; of those of Amazon's library the part that tells what happened."""
    if error.strerror:
        return error.strerror
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    found = _AMAZON.search(text)
    return f"{found['told']} ({found['kind']})" if found else text
