"""What a keeper leaves for others to find: which process it is, where its Ray answers, what that was started with."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil

import cnnsearch
from cnnsearch.states_folder import states_folder
from cnnsearch.study.environment import package_versions
from cnnsearch.study.store.process import Process

__all__ = ["UNREADABLE", "KeeperRecord", "code_digest", "keeper_folder", "remove_folder", "remove_record"]

_FILE = "keeper.json"

UNREADABLE = "is not what `cnnsearch up` has written, or not this user's alone"


@dataclass(frozen=True)
class KeeperRecord:
    """A keeper.

    Attributes:
        process: token of its :class:`~cnnsearch.study.store.process.Process`.
        since: when its Ray had started, as ISO 8601 in UTC.
        head: ``HOST:PORT`` of that Ray.
        cpus: of it.
        vital: of its processes without which nothing runs, name -> token.
        folder: the working directory.
        prefix: of the Python that runs it.
        packages: versions of what results may depend on.
        code: digest of this package's files.
        workers: that it keeps warm for the next sweep.
    """

    process: str
    since: str
    head: str
    cpus: int
    vital: Mapping[str, str]
    folder: str
    prefix: str
    packages: Mapping[str, str | None]
    code: str
    workers: int = 0

    @classmethod
    def of_this_process(cls, head: str, cpus: int, vital: Mapping[str, int], workers: int = 0) -> Self:
        """That of the process that calls; ``vital`` has the numbers of processes."""
        return cls(
            Process.this().token,
            datetime.now(UTC).isoformat(timespec="seconds"),
            head,
            cpus,
            {name: Process.numbered(pid).token for name, pid in vital.items()},
            os.getcwd(),
            sys.prefix,
            package_versions(),
            code_digest(),
            workers,
        )

    @classmethod
    def read(cls) -> Self | None:
        """The one of this machine; ``None`` where there is none.

        Raises:
            ValueError: what is there cannot be believed.
        """
        try:
            handle = os.open(keeper_folder() / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError, RuntimeError):
            return None
        except OSError as error:
            raise ValueError(UNREADABLE) from error
        with os.fdopen(handle, encoding="utf-8") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
                raise ValueError(UNREADABLE)  # whoever writes it is shown this user's token
            try:
                return cls._checked(json.load(file))
            except (ValueError, TypeError, KeyError, AttributeError):
                raise ValueError(UNREADABLE) from None

    @classmethod
    def _checked(cls, told: dict[str, Any]) -> Self:
        found = cls(**told)
        texts = (found.process, found.since, found.head, found.folder, found.prefix, found.code)
        tokens = [Process.of(token) for token in (found.process, *found.vital.values())]
        if (
            not all(isinstance(text, str) for text in texts)
            or None in tokens
            or {type(found.cpus), type(found.workers)} != {int}
        ):
            raise ValueError
        dict(found.packages)
        return found

    def write(self) -> None:
        """Leave it, for this user alone.

        Raises:
            OSError: it cannot be written.
        """
        folder = keeper_folder()
        part = folder / f".{_FILE}.{os.getpid()}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        part.replace(folder / _FILE)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return int(self.process.split("-")[1])

    @property
    def dead(self) -> list[str]:
        """Names of the processes that have ended, of those without which nothing runs."""
        tokens = {"the process that keeps it": self.process, **self.vital}
        return [name for name, token in tokens.items() if (found := Process.of(token)) is None or not found.lives]

    @property
    def is_gone(self) -> bool:
        """Whether it has been removed, or replaced by another one: nobody finds its keeper any more."""
        try:
            return KeeperRecord.read() != self
        except ValueError:  # what cannot be read now may be read later; `down` removes it
            return False

    def environment(self) -> Mapping[str, str]:
        """The variables with which it was started.

        Raises:
            OSError: this system does not tell.
        """
        try:
            return dict(psutil.Process(self.pid).environ())
        except psutil.Error as error:
            raise OSError(str(error)) from None

    def __str__(self) -> str:
        return f"process {self.pid}, since {self.since}"


def keeper_folder() -> Path:
    """Where the record and the locks of this machine, and of this container of it, lie.

    Raises:
        RuntimeError: this user has no home.
    """
    return states_folder() / "ray" / Process.this().place


def remove_record() -> None:
    """Forget a keeper that has gone; the locks stay."""
    with contextlib.suppress(OSError):
        (keeper_folder() / _FILE).unlink()


def remove_folder() -> None:
    """Leave nothing; whoever waits for a lock in it finds out that its file has gone, and begins anew."""
    with contextlib.suppress(RuntimeError, OSError):
        shutil.rmtree(keeper_folder(), ignore_errors=True)
        keeper_folder().parent.rmdir()  # where other machines have none


@functools.cache
def code_digest() -> str:
    """Of the files of this package, by their places, sizes and times: processes that wait have imported them."""
    root = Path(cnnsearch.__file__).parent
    told = hashlib.sha256(f"{cnnsearch.__version__} {root}".encode("utf-8", "surrogateescape"))
    for path in sorted(root.rglob("*.py")):
        status = path.stat()
        told.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return told.hexdigest()
