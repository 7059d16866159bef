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

from cnnsearch.errors import InputError
from cnnsearch.study.documents import DRIVER, read_document
from cnnsearch.study.store import Store

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
    """

    host: str
    pid: int
    since: str

    @classmethod
    def this(cls) -> Driver:
        """This process, now."""
        return cls(platform.node(), os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))

    @classmethod
    def named_in(cls, store: Store, name: str) -> Driver | None:
        """Who wrote the file ``name`` of a study; ``None`` where it is not there, or not yet whole."""
        try:
            told = read_document(store, name, DRIVER)
        except (FileNotFoundError, InputError):
            return None
        return cls(told["host"], told["pid"], told["since"])

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
