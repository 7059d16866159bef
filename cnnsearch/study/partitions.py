"""Partitions: which picture is in which fold, as a study records it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.store import Store
from cnnsearch.unzipping import sizes_problem

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PARTITIONS", "Partitions", "recorded_partitions"]

PARTITIONS = "folds.npz"
"""Its file in a study whose trials are judged by folds."""


@dataclass(frozen=True, eq=False)
class Partitions:
    """The folds of every trial of a search.

    Attributes:
        pictures: ``(n,)`` places in the data set of the pictures for training and validation, ascending.
        folds: ``(repeats, n)`` fold of each of them, counted from 0, for each partition.
    """

    pictures: np.ndarray
    folds: np.ndarray

    def equals(self, other: Partitions) -> bool:
        """Whether the same pictures are in the same folds."""
        import numpy as np

        return np.array_equal(self.pictures, other.pictures) and np.array_equal(self.folds, other.folds)

    def to_bytes(self) -> bytes:
        """As a compressed NumPy archive."""
        import numpy as np

        stream = io.BytesIO()
        np.savez_compressed(stream, pictures=self.pictures, folds=self.folds)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Partitions:
        """The inverse of :meth:`to_bytes`.

        Raises:
            ValueError: it is torn, or something else.
        """
        import numpy as np

        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                problem = sizes_problem(archive, len(content))
            if problem is not None:
                raise ValueError(problem)
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                found = cls(stored["pictures"], stored["folds"])
        except Exception as error:
            raise ValueError(str(error) or type(error).__name__) from error
        if found.pictures.ndim != 1 or found.folds.ndim != 2 or found.folds.shape[1:] != found.pictures.shape:
            raise ValueError(f"holds arrays of the shapes {found.pictures.shape} and {found.folds.shape}")
        return found


def recorded_partitions(store: Store) -> Partitions | None:
    """Those of a study; ``None`` where there are none.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        content = store.read(PARTITIONS)
    except FileNotFoundError:
        return None
    try:
        return Partitions.from_bytes(content)
    except ValueError as error:
        raise InputError(Problem(PARTITIONS, f"cannot be read: {error}"), store.location) from None
