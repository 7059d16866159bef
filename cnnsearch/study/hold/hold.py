"""Hold: the right to write to a study, while a driver runs."""

from __future__ import annotations

import json
import os
import platform
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psutil

from cnnsearch.errors import InputError
from cnnsearch.study.record.documents import DRIVER, read_document
from cnnsearch.study.store import Store
from cnnsearch.study.store.process import Process

__all__ = ["FOLDER", "Driver", "Hold"]

FOLDER = ".driver"
"""Where a study says who holds it; gone when nobody does."""


@dataclass(frozen=True)
class Driver:
    """The process that runs a study.

    Attributes:
        host: its machine.
        pid: its number there.
        since: when it took hold of the study, as ISO 8601 in UTC.
        process: token of its :class:`~cnnsearch.study.store.process.Process`; ``None``: an earlier version told none.
    """

    host: str
    pid: int
    since: str
    process: str | None = None

    @classmethod
    def this(cls) -> Driver:
        """This process, now."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(platform.node(), os.getpid(), since, Process.this().token)

    @classmethod
    def named_in(cls, store: Store, name: str) -> Driver | None:
        """Who wrote the file ``name`` of a study; ``None`` where it is not there, or not yet whole."""
        try:
            told = read_document(store, name, DRIVER)
        except (FileNotFoundError, InputError):
            return None
        return cls(told["host"], told["pid"], told["since"], told.get("process"))

    @property
    def lives(self) -> bool | None:
        """Whether its process does; ``None`` where that cannot be told from here."""
        process = Process.of(self.process) if isinstance(self.process, str) else None
        if process is not None:
            return process.lives
        if self.host != platform.node():
            return None
        return None if psutil.pid_exists(self.pid) else False  # another one may have its number by now

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


class Hold(ABC):
    """Held from the start to :meth:`release`, which the end of a ``with`` block calls too."""

    @abstractmethod
    def check(self) -> None:
        """Make sure that it is still held: called before what is appended to the record.

        Raises:
            SweepError: it may be another driver's by now.
        """

    @abstractmethod
    def release(self) -> None:
        """Let others have it. Errors of the storage are ignored: it lapses anyway."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
