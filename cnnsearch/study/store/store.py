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

from cnnsearch.errors import InputError, Problem, StorageError
from cnnsearch.escaping import json_text

__all__ = ["Entry", "Keep", "Store", "UnreadableError"]

Keep = Literal["soon", "process", "machine"]
"""What an appended line outlives, once the call is over: nothing yet, but within seconds the process; the process that
wrote it; the machine, together with everything that was appended before it."""

_MOST_TOLD = 5


@dataclass(frozen=True)
class Entry:
    """A file or object of a study.

    Attributes:
        bytes: its size.
        modified: Unix seconds, by the clock of the storage.
    """

    bytes: int
    modified: float


class UnreadableError(StorageError):
    """What is kept cannot be read: to a command that only reads it, bad input."""


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
    def source(self) -> str:
        """What a user names it by: its location, or the file that it is packed into."""
        return self.location

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
        """Every file in a folder and the folders in it, by name; empty where there is no such folder.

        What is no file of the study (a link, a named pipe) is not among them.
        """

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
    def appendable(self, name: str) -> Path | None:
        """The path of a file that other code appends to, whether or not it is there; ``None`` on object storage."""

    @abstractmethod
    def strangers(self) -> list[str]:
        """What lies in the study and is neither file nor folder, each with what it is: links, named pipes."""

    @abstractmethod
    def clear_leftovers(self) -> None:
        """Delete what processes of this user's that are dead had begun to write."""

    @abstractmethod
    def new_file(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A path to write to, which becomes ``name`` in one step when the block ends without an error."""

    def check_writable(self) -> None:
        """Make sure, before any work, that something may be written to the study.

        Raises:
            InputError: it is packed into one file, or links lie in it.
        """
        found = self.strangers()
        if found:
            rule = "holds what is no file or folder of its own, so that nothing is written to it: remove"
            raise InputError(Problem("STUDY", f"{rule} {', '.join(found[:_MOST_TOLD])}", self.location))

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
        """As :meth:`write`, of a file that is made from others: a folder that lies there gives way."""
        if self.entry(name) is None:
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
            kind = UnreadableError if action in ("read", "list") else StorageError
            raise kind(f"cannot {action} {self.at(name)}: {_reason(error)}") from error


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
