"""The mark of a study whose sweep came to its end, every step after the last trial included."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.errors import StorageError
from cnnsearch.study.store import Store
from cnnsearch.study.store.atomic import sync_folder

__all__ = ["COMPLETED", "Mark"]

COMPLETED = "completed.json"
"""Written last by a driver that has nothing left to do, gone as soon as another one begins."""

_FORMAT = 1


@dataclass(frozen=True)
class Mark:
    """What was completed.

    Attributes:
        lines: of each file of the record how many there were: with others the mark is of another study than this one.
        best: whose model ``best/`` holds: trial, run as a finalist, sha256; ``None`` where there is none.
    """

    lines: Mapping[str, int]
    best: tuple[int, int | None, str] | None

    @classmethod
    def read(cls, store: Store) -> Mark | None:
        """That of a study; ``None`` where there is none that can be read."""
        try:
            found = store.read_json(COMPLETED)
            best = found["best"]
            held = None if best is None else (best["trial"], best["run"], best["sha256"])
            return cls({str(name): int(count) for name, count in found["lines"].items()}, held)
        except (FileNotFoundError, StorageError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def write(self, store: Store) -> None:
        """In one step."""
        best = None if self.best is None else dict(zip(("trial", "run", "sha256"), self.best, strict=True))
        told: dict[str, Any] = {"format": _FORMAT, "time": time.time(), "lines": dict(self.lines), "best": best}
        store.remake_json(COMPLETED, told)

    @staticmethod
    def remove(store: Store) -> None:
        """Before anything of the study is changed; it does not come back when the machine dies now."""
        store.delete(COMPLETED)
        if store.folder is not None:
            sync_folder(store.folder)
