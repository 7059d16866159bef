"""One entry of the cache: written row by row, opened when it is whole."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.cache.cache import Cache, described
from cnnsearch.cache.holding import Hold
from cnnsearch.cache.rows import Mapped
from cnnsearch.cache.told import tell

__all__ = ["Draft", "Entry", "RowsFile", "open_entry"]

FORMAT = 1
"""Of an entry; one of another format is left alone until it is evicted."""

SYNC = "cnnsearch-cache-sync"
"""Name of the threads that wait for the disk."""

_SYNCED = "synced"
_TOGETHER = 2**20
"""Bytes of rows whose sums are computed at once."""

_CHECKED = 2**27
"""Bytes of an array that are compared with their sums when it is opened, spread over it."""


@dataclass(frozen=True)
class Entry:
    """An entry that is whole.

    Attributes:
        folder: where it is.
        arrays: by name.
        about: what was said of it when it was written, of JSON types.
    """

    folder: Path
    arrays: Mapping[str, Mapped]
    about: Mapping[str, Any]


@dataclass(frozen=True)
class RowsFile:
    """Where the rows of an array are written, by every thread and process that has the file open.

    Attributes:
        file: its descriptor, of the same number in a process that inherits it.
        start: bytes before the first row.
        dtype: of the rows.
    """

    file: int
    start: int
    dtype: np.dtype[Any]

    def write(self, row: int, values: np.ndarray) -> np.ndarray:
        """Write consecutive rows, from ``row`` on; gives the sum of each, which the draft is to be told.

        Raises:
            OSError: the disk is full, or worse. By a mapping this would end the process.
        """
        values = np.ascontiguousarray(values, self.dtype)
        _write(self.file, values.data.cast("B"), self.start + row * (values.nbytes // max(1, len(values))))
        return _sums(values)


class Draft:
    """An entry that is being written; nobody sees it until it is kept.

    Args:
        cache: where it will be.
        folder, lock: as :meth:`Cache.begin` gives them.
        arrays: name -> shape and dtype; rows that are never written are zeros.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(
        self, cache: Cache, folder: Path, lock: Hold, arrays: Mapping[str, tuple[tuple[int, ...], Any]]
    ) -> None:
        self._cache = cache
        self._folder = folder
        self._lock = lock
        self._arrays = {name: (tuple(shape), np.dtype(dtype)) for name, (shape, dtype) in arrays.items()}
        self._files: dict[str, RowsFile] = {}
        self._sums = {name: np.zeros(shape[0], np.uint64) for name, (shape, _) in self._arrays.items()}
        for name, (shape, dtype) in self._arrays.items():
            header = _header(shape, dtype)
            file = os.open(folder / f"{name}.npy", os.O_RDWR | os.O_CREAT)
            _write(file, header, 0)
            os.ftruncate(file, len(header) + _bytes(shape, dtype))
            self._files[name] = RowsFile(file, len(header), dtype)

    @classmethod
    def begun(cls, cache: Cache, kind: str, arrays: Mapping[str, tuple[tuple[int, ...], Any]]) -> Draft | None:
        """A draft with room for these arrays; ``None`` where there is none, which has been told."""
        begun = cache.begin(kind, sum(_bytes(tuple(shape), np.dtype(dtype)) for shape, dtype in arrays.values()))
        return None if begun is None else cls(cache, *begun, arrays)

    def write(self, name: str, row: int, values: np.ndarray) -> None:
        """Write consecutive rows, from ``row`` on; by any thread.

        Raises:
            OSError: as of :meth:`RowsFile.write`.
        """
        self._sums[name][row : row + len(values)] = self._files[name].write(row, values)

    def file(self, name: str) -> RowsFile:
        """Where another process may write rows of an array."""
        return self._files[name]

    def wrote(self, name: str, rows: np.ndarray, sums: np.ndarray) -> None:
        """Another process has written these rows."""
        self._sums[name][rows] = sums

    def keep(self, key: str, about: Mapping[str, Any]) -> Entry | None:
        """Make it an entry; ``None`` where that cannot be opened.

        Raises:
            OSError: it cannot be written.
        """
        kind = self._folder.parent
        told = {name: [list(shape), dtype.str] for name, (shape, dtype) in self._arrays.items()}
        for name, sums in self._sums.items():
            np.save(self._folder / f"{name}.sums.npy", sums)
        whole = {"format": FORMAT, "boot": _boot(), "arrays": told, "about": dict(about)}
        (self._folder / "about.json").write_text(json.dumps(whole))
        try:
            self._folder.rename(kind / key)
        except OSError:  # another process was faster
            shutil.rmtree(self._folder, ignore_errors=True)
            self._close()
            return open_entry(self._cache, kind / key)
        self._folder = kind / key
        self._lock.share()
        entry = open_entry(self._cache, self._folder, is_new=True)
        if entry is not None:
            for mapped in entry.arrays.values():
                _ = mapped.is_here  # held from now on
        self._sync()
        return entry

    def drop(self) -> None:
        """Nothing comes of it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._close()

    def _sync(self) -> None:
        """Have the disk catch up, beside whatever follows: until then the entry counts until the next boot."""

        def sync() -> None:
            with contextlib.suppress(OSError):
                for rows in self._files.values():
                    os.fsync(rows.file)
                (self._folder / _SYNCED).touch()
            self._close()

        threading.Thread(target=sync, name=SYNC, daemon=True).start()

    def _close(self) -> None:
        for rows in self._files.values():
            os.close(rows.file)
        self._lock.release()


def open_entry(cache: Cache, folder: Path, is_new: bool = False, looks: bool = False) -> Entry | None:
    """An entry, if it is whole; a torn one is removed, which is told.

    Args:
        cache: where it is.
        folder: of it.
        is_new: it was written just now, so its content need not be looked at.
        looks: nothing of it is to be used: that counts as no use, and nothing is told or removed.
    """
    try:
        whole = described(folder)
        if whole["format"] != FORMAT:
            if not looks:
                tell(cache.root, "holds entries of another version, which are not used")
            return None
        arrays = {
            name: Mapped(str(folder / f"{name}.npy"), tuple(shape), np.dtype(dtype))
            for name, (shape, dtype) in whole["arrays"].items()
        }
        torn = not (folder / _SYNCED).exists() and whole["boot"] != _boot()
        if torn or not (is_new or all(_is_whole(folder, name, mapped) for name, mapped in arrays.items())):
            if not looks:
                _remove_torn(cache, folder)
            return None
        with contextlib.suppress(OSError):
            if not looks:
                os.utime(folder / "lock")
        return Entry(folder, arrays, whole["about"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        if folder.exists() and not looks:
            _remove_torn(cache, folder)
        return None


def _remove_torn(cache: Cache, folder: Path) -> None:
    tell(cache.root, "an entry was damaged, and is made again")
    cache.discard(folder)


def _is_whole(folder: Path, name: str, mapped: Mapped) -> bool:
    """Whether a file has its size, and rows of it their sums."""
    if os.stat(mapped.path).st_size != len(_header(mapped.shape, mapped.dtype)) + _bytes(mapped.shape, mapped.dtype):
        return False
    sums, count = np.load(folder / f"{name}.sums.npy"), mapped.shape[0]
    row = _bytes(mapped.shape, mapped.dtype) // max(1, count)
    rows = np.unique(np.linspace(0, count - 1, max(1, min(count, _CHECKED // max(1, row)))).astype(np.int64))
    # A mapping of its own: one that holds the lock could not be removed.
    array = np.asarray(np.load(mapped.path, mmap_mode="r"))
    chunks = np.array_split(rows[:count], 1 + len(rows) * row // _TOGETHER)
    return len(sums) == count and all((_sums(array[chunk]) == sums[chunk]).all() for chunk in chunks)


def _sums(values: np.ndarray) -> np.ndarray:
    """One number a row, ``(n,)`` uint64."""
    rows = np.ascontiguousarray(values).reshape(len(values), -1).view(np.uint8)
    whole = rows.shape[1] // 8 * 8
    sums: np.ndarray = np.ascontiguousarray(rows[:, :whole]).view(np.uint64).sum(axis=1, dtype=np.uint64)
    return sums if whole == rows.shape[1] else sums + rows[:, whole:].sum(axis=1, dtype=np.uint64)


def _bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return int(np.prod(shape, dtype=np.int64)) * dtype.itemsize


def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    stream = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, described)
    return stream.getvalue()


def _write(file: int, content: Any, at: int) -> None:
    view = memoryview(content)
    while view:
        done = os.pwrite(file, view, at)
        view, at = view[done:], at + done


def _boot() -> str:
    """Of the machine since it was started; what the disk has not got by then is lost."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
