"""The cache: a folder of entries within a bound, of which those that were used least recently go first.

``ROOT/KIND/KEY/`` is an entry: its arrays, ``about.json``, and ``lock``, on which whoever uses it holds a shared lock.
An entry is written in a folder of its own and renamed when it is whole, so that nobody ever sees half of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnsearch.cache.holding import Hold
from cnnsearch.cache.told import tell, tell_unwritable

__all__ = ["Cache", "Kept", "cached_in", "current_cache", "default_root", "held"]

_TAG = "CACHEDIR.TAG"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of cnnsearch; it may be deleted.\n"

KINDS = ("pixels", "tokens", "features", "answers")

FILES = "files"
"""The folder of what is known of files, which counts for nothing in the bound."""

_MAKING, _GONE = ".making-", ".gone-"

_LEFT = 2**30
"""Bytes of the disk that stay free."""


@dataclass(frozen=True)
class Kept:
    """An entry.

    Attributes:
        folder: where it is.
        bytes: that it takes.
        used: when it was used last, in Unix time.
    """

    folder: Path
    bytes: int
    used: float


@dataclass(frozen=True)
class Cache:
    """Where entries are kept.

    Attributes:
        root: the folder.
        most_bytes: of all entries.
    """

    root: Path
    most_bytes: int

    @classmethod
    def of(cls, folder: str | None, gigabytes: float) -> Cache | None:
        """As an experiment says; ``None`` where it may take nothing."""
        root = default_root() if folder is None else Path(folder).expanduser().absolute()
        return cls(root, int(gigabytes * 2**30)) if gigabytes else None

    def entries(self, kind: str) -> list[Kept]:
        """Those that are whole, the one that was used last first."""
        found = [kept for kept in self._listed(kind) if not kept.folder.name.startswith(".")]
        return sorted(found, key=lambda kept: -kept.used)

    def begin(self, kind: str, size: int) -> tuple[Path, Hold] | None:
        """A new folder to write an entry of ``size`` bytes into, with room for it, and what keeps others from it.

        Returns:
            ``None`` where there is no room, or nothing can be written, which has been told.
        """
        try:
            (self.root / kind).mkdir(parents=True, exist_ok=True)
            if not (self.root / _TAG).exists():
                (self.root / _TAG).write_text(_SIGNATURE)
            with held(self.root / "lock"):
                short = self._make_room(size)
                if short:
                    tell(self.root, short)
                    return None
                folder = self.root / kind / f"{_MAKING}{uuid.uuid4().hex}"
                folder.mkdir()
                (folder / "bytes").write_text(str(size))
                (folder / "lock").touch()
                return folder, Hold(folder, alone=True)  # before anybody can take it for one that was abandoned
        except OSError as error:
            tell_unwritable(self.root, error)
            return None

    def remove(self, folder: Path) -> bool:
        """Delete an entry, unless somebody uses it; nobody begins one meanwhile."""
        try:
            with open(folder / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.discard(folder)
        except FileNotFoundError:  # whoever began it was ended, or found no room for this file
            self.discard(folder)
        except OSError:
            return False
        return True

    def discard(self, folder: Path) -> None:
        """Delete an entry that nobody can use; what somebody has mapped of it lasts until he lets it go."""
        gone = folder.with_name(f"{_GONE}{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            folder.rename(gone)  # at once, so that nobody finds half of it
            shutil.rmtree(gone, ignore_errors=True)

    def clear(self) -> list[Kept]:
        """Delete everything; gives the entries that are in use and stay."""
        if not (self.root / _TAG).exists():
            return []  # a folder of somebody else's
        with held(self.root / "lock"):
            left = [kept for kind in KINDS for kept in self._listed(kind) if not self.remove(kept.folder)]
        shutil.rmtree(self.root / FILES, ignore_errors=True)
        return left

    def _make_room(self, size: int) -> str:
        """Evict what is necessary; why there is no room, or nothing."""
        everything = [kept for kind in KINDS for kept in self._listed(kind)]
        taken = sum(kept.bytes for kept in everything)
        for kept in sorted(everything, key=lambda kept: kept.used):
            if kept.folder.name.startswith(_GONE):
                shutil.rmtree(kept.folder, ignore_errors=True)
            abandoned = kept.folder.name.startswith(".")
            if not abandoned and taken + size <= self.most_bytes and self._free() >= size + _LEFT:
                continue
            if self.remove(kept.folder):
                taken -= kept.bytes
        needed = f"{_told(size)} are to be kept"
        if taken + size > self.most_bytes:
            bound = f"the bound is {_told(self.most_bytes)} (resources.cache_gb)"
            in_use = f", of which {_told(taken)} are in use" if taken else ""
            return f"{needed}, and {bound}{in_use}"
        if self._free() < size + _LEFT:
            return f"{needed}, and {_told(self._free())} of the disk are free, of which {_told(_LEFT)} are to stay so"
        return ""

    def _free(self) -> int:
        return shutil.disk_usage(self.root).free

    def _listed(self, kind: str) -> Iterator[Kept]:
        """All folders, also those that are being written, and what was left of such."""
        with contextlib.suppress(OSError):
            for folder in (self.root / kind).iterdir():
                with contextlib.suppress(OSError, ValueError):
                    size = int((folder / "bytes").read_text()) if (folder / "bytes").exists() else 0
                    lock = folder / "lock"
                    yield Kept(folder, size, lock.stat().st_mtime if lock.exists() else 0.0)


def _told(size: int) -> str:
    """So many bytes."""
    return f"{size / 2**30:.1f} GB" if size >= 2**27 else f"{size / 2**20:.1f} MB"


def default_root() -> Path:
    """Of this user on this machine."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnnsearch"


@contextlib.contextmanager
def held(path: Path) -> Iterator[Any]:
    """A file, locked against all others for the time of the block, whatever is forked in it."""
    with open(path, "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield lock
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # closing alone leaves it with a process that was forked meanwhile


def described(folder: Path) -> dict[str, Any]:
    """What ``about.json`` says."""
    found: dict[str, Any] = json.loads((folder / "about.json").read_text())
    return found


_CURRENT: ContextVar[Cache | None] = ContextVar("cache", default=None)


@contextlib.contextmanager
def cached_in(cache: Cache | None) -> Iterator[None]:
    """In here data is read with that cache; elsewhere with none."""
    token = _CURRENT.set(cache)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_cache() -> Cache | None:
    """As :func:`cached_in` says."""
    return _CURRENT.get()
