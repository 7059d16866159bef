"""Many picture files read into one entry of the cache: by processes beside this one, where that is worth it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, TypeVar

from cnnsearch.inputs.pictures.batches import Batch, Read
from cnnsearch.inputs.pictures.excerpts import whole_pictures
from cnnsearch.inputs.pictures.opened import UnreadableError
from cnnsearch.inputs.pictures.readers import readers
from cnnsearch.inputs.pictures.stored import Storing
from cnnsearch.inputs.pictures.threads import in_threads, workers
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = ["filled"]

EACH = 500
"""Files for each process, at least: fewer are read before it has started."""

_BATCH = 32
"""Files that are read before anything is told of them, at most."""

_BATCHES = 8
"""For each process, at least, so that all of them end at about the same time."""

Made = TypeVar("Made")


@whole_pictures()
def filled(
    storing: Storing, read: Read, files: Mapping[int, os.PathLike[str]], take: Callable[[Any], Made]
) -> list[Made]:
    """Read each file, and write its pixels into its row of the entry.

    Args:
        storing: the entry.
        read: of a file; it may travel to another process.
        files: row -> file.
        take: called with what ``read`` says of each file, or with the reason why it is unreadable.

    Returns:
        What ``take`` gives for each, in order.

    Raises:
        OSError: there is no room.
        Exception: whatever ``read`` or ``take`` raise.
    """

    def here(row: int) -> Made:
        try:
            answer, picture = read(files[row])
        except UnreadableError as error:
            return take(str(error))
        if picture is not None:
            storing.write(row, picture)
        return take(answer)

    rows = list(files)
    taken: list[Made] = []
    while len(taken) < len(rows) and not storing.is_begun:
        # No entry is begun, for which others might have to go, before a picture is there that no other one holds.
        taken += in_threads(here, rows[len(taken) : len(taken) + _BATCH])
    rest = rows[len(taken) :]
    count = min(workers(), len(rest) // EACH)
    if count < 2:  # one alone is no faster than this process
        return taken + in_threads(here, rest)
    return taken + _by_processes(count, storing, read, {row: files[row] for row in rest}, here, take)


def _by_processes(
    count: int,
    storing: Storing,
    read: Read,
    files: Mapping[int, os.PathLike[str]],
    here: Callable[[int], Made],
    take: Callable[[Any], Made],
) -> list[Made]:
    """The same by so many processes; what one leaves out, this one reads, which finds the reason."""
    rows = list(files)
    size = max(1, min(_BATCH, len(rows) // (_BATCHES * count)))

    def read_by_one(batch: list[int]) -> list[Made]:
        done = beside.read(_sent({row: files[row] for row in batch}))
        if done is None:
            return [here(row) for row in batch]
        storing.wrote(done.rows, done.sums, done.traits)
        return [take(done.answers[row]) if row in done.answers else here(row) for row in batch]

    with readers(read, storing.file, count) as beside:
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        return list(chain.from_iterable(in_threads(read_by_one, batches, beside.stop, count)))


def _sent(files: Mapping[int, os.PathLike[str]]) -> Batch:
    """As they travel in the least time; what cannot be read is left out."""
    batch: list[tuple[int, str | os.PathLike[str]]] = []
    for row, path in files.items():
        with contextlib.suppress(UnreadableError, OSError):
            batch.append((row, path.sent() if isinstance(path, WithinFile) else os.fspath(path)))
    return batch
