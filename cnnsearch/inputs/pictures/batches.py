"""A batch of picture files, read one after the other, each written where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.cache.entries import RowsFile
from cnnsearch.inputs.pictures.traits import TraitsOfRows

__all__ = ["Batch", "Done", "Read", "read_batch"]

Read = Callable[[str | os.PathLike[str]], tuple[Any, np.ndarray | None]]
"""What is known of a file, and its pixels, if they are to be written."""

Batch = Sequence[tuple[int, str | os.PathLike[str]]]
"""Row and path of each file."""


@dataclass(frozen=True)
class Done:
    """What became of a batch.

    Attributes:
        answers: row -> what is known of the file; of those that could not be read or written nothing is said.
        rows, sums, traits: as of :meth:`~cnnsearch.inputs.pictures.stored.Storing.wrote`.
    """

    answers: dict[int, Any]
    rows: np.ndarray
    sums: np.ndarray
    traits: np.ndarray


def read_batch(read: Read, pixels: RowsFile, batch: Batch) -> Done:
    """Read a batch in a process that need not know why a file cannot be read: whoever sent it tries that again."""
    answers: dict[int, Any] = {}
    rows: list[int] = []
    sums: list[np.ndarray] = []
    looked = TraitsOfRows(len(batch))
    for row, path in batch:
        try:
            answer, picture = read(path)
            if picture is not None:
                if picture.dtype == np.uint8:
                    looked.look(len(rows), picture)
                sums.append(pixels.write(row, picture[np.newaxis]))
                rows.append(row)
            answers[row] = answer
        except Exception:  # noqa: BLE001 - whatever it is, the process that sent the batch will see it
            continue
    of_rows = np.concatenate(sums) if sums else np.zeros(0, np.uint64)
    return Done(answers, np.array(rows, np.int64), of_rows, looked.found[: len(rows)])
