"""Rows of an array on disk: mapped by every process of a machine, and sent to another one as a path."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from cnnsearch.cache.holding import Hold

__all__ = ["GoneError", "Mapped", "Rows", "in_memory"]


class GoneError(Exception):
    """The file is not on this machine, or not any more."""


class Mapped:
    """An array in an entry of the cache, mapped when it is first used; as long as it is, the entry cannot be evicted.

    Args:
        path: of the ``.npy`` file.
        shape, dtype: of the array.
    """

    def __init__(self, path: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.path = path
        self.shape = shape
        self.dtype = dtype
        self._held: Hold | None = None
        self._array: np.ndarray | None = None

    @property
    def array(self) -> np.ndarray:
        """The array, read-only.

        Raises:
            GoneError: there is no such file, or it is another one.
        """
        if self._array is None:
            try:
                held = Hold(os.path.dirname(self.path))
                found = np.asarray(np.load(self.path, mmap_mode="r"))
            except (OSError, ValueError) as error:
                raise GoneError(str(error)) from None
            if found.shape != self.shape or found.dtype != self.dtype:
                raise GoneError(f"{self.path} holds {found.dtype}{found.shape}, not {self.dtype}{self.shape}")
            self._held, self._array = held, found
        return self._array

    @property
    def is_here(self) -> bool:
        """Whether it can be mapped."""
        try:
            return self.array is not None
        except GoneError:
            return False

    def __reduce__(self) -> Any:
        return Mapped, (self.path, self.shape, self.dtype)


class Rows:
    """Some rows of a mapped array, gathered when they are asked for.

    Args:
        of: the array, ``(m, ...)``.
        rows: ``(n,)`` numbers of its rows.
    """

    def __init__(self, of: Mapped, rows: np.ndarray) -> None:
        self.of = of
        self.rows = rows

    @property
    def shape(self) -> tuple[Any, ...]:
        return (len(self.rows), *self.of.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.of.dtype

    @property
    def nbytes(self) -> int:
        """Of these rows, which take no memory of a process."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def is_here(self) -> bool:
        """Whether this machine has the file."""
        return self.of.is_here

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: Any) -> np.ndarray:
        """A copy of the rows of a slice or of numbers."""
        found: np.ndarray = self.of.array[self.rows[key]]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("rows of a mapped array are copied into memory")
        return np.asarray(self[:], dtype)

    def take(self, indices: np.ndarray) -> Rows:
        """Only those rows, in that order."""
        return Rows(self.of, self.rows[indices])

    def __reduce__(self) -> Any:
        return Rows, (self.of, self.rows)


def in_memory(x: np.ndarray | Rows) -> np.ndarray:
    """The array itself; a copy where it is on disk.

    Raises:
        GoneError: it is not there any more.
    """
    return x[:] if isinstance(x, Rows) else x
