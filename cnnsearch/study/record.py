"""The record of a study: proposals, curves and trials, one JSON line each, appended and flushed.

So are the runs of the finalists, and each reading of the test split.

What a killed process had told is kept by the operating system; a trial that ended, with its curve, is on the disk too.
Everything else in the folder can be made again from these files; another tells which trials were given to more
than one worker. Reports and ends are numbered together as ``event``: the order in which they arrived. Each line begins
with ``trial``. A line torn by a crash is recognised and left out; after a recovery an epoch may stand twice, and the
last line counts.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cnnsearch.errors import SweepError

__all__ = [
    "ATTEMPTS",
    "CURVES",
    "FINALISTS",
    "FORMAT",
    "PROPOSALS",
    "TEST_READS",
    "TRIALS",
    "Record",
    "read_lines",
]

FORMAT = 1
"""Version of the record's lines."""

PROPOSALS = "proposals.jsonl"
CURVES = "curves.jsonl"
TRIALS = "trials.jsonl"
ATTEMPTS = "attempts.jsonl"
FINALISTS = "finalists.jsonl"
TEST_READS = "test_reads.jsonl"


class Record:
    """Appends to the record of one study. Holds no open file, so it can be copied to where it is needed.

    Args:
        folder: the study folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def propose(self, trial: int, line: Mapping[str, Any]) -> None:
        """A config was proposed: ``config``, ``seed``, ``told`` (the sampler knew so many results), ``time``.

        ``repeats``, where there are any, are configs that the sampler proposed before it and that had been tried.
        """
        self._append(PROPOSALS, trial, [line])

    def epochs(self, trial: int, lines: list[Mapping[str, Any]]) -> None:
        """Epochs were trained and told in one report: each line has ``epoch``, counted from 1, its metrics, ``event``.

        ``asked`` stands in the last one where the scheduler decided on it.
        """
        self._append(CURVES, trial, lines)

    def attempt(self, trial: int, line: Mapping[str, Any]) -> None:
        """A trial that had been begun is given to another worker: ``attempt``, counted from 1, ``why``, ``time``."""
        self._append(ATTEMPTS, trial, [line])

    def end(self, trial: int, line: Mapping[str, Any]) -> None:
        """A trial ended: ``state``, ``reason``, ``value``, ``metrics``, ``cost``, ``worker``, ``event``."""
        if (self.folder / CURVES).exists():
            self._append(CURVES, trial, [], synced=True)
        self._append(TRIALS, trial, [line], synced=True)

    def end_finalist(self, trial: int, line: Mapping[str, Any]) -> None:
        """A run of a finalist ended: ``run``, ``seed``, and what :meth:`end` takes, with ``curve``."""
        self._append(FINALISTS, trial, [line], synced=True)

    def read_test(self, trial: int, line: Mapping[str, Any]) -> None:
        """A model was evaluated on the test split: ``run``, ``by``, ``time``, ``metrics``, ``count``."""
        self._append(TEST_READS, trial, [line], synced=True)

    def _append(self, name: str, trial: int, lines: list[Mapping[str, Any]], synced: bool = False) -> None:
        texts = [json.dumps({"trial": trial, "format": FORMAT, **_finite(line)}, ensure_ascii=False) for line in lines]
        path = self.folder / name
        try:
            with path.open("a+b") as file:
                if _ends_torn(file):
                    file.write(b"\n")  # what a crash tore stays alone on its line
                file.write("".join(text + "\n" for text in texts).encode())
                file.flush()
                if synced:
                    os.fsync(file.fileno())
        except OSError as error:
            raise SweepError(f"cannot write the record {path}: {error.strerror}") from error


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a record file, in order; nothing where the file is not there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    for raw in content.split(b"\n"):
        try:
            line = json.loads(raw)
        except ValueError:
            continue  # torn by a crash, or the empty end
        if isinstance(line, dict) and isinstance(line.get("trial"), int):
            yield line


def _ends_torn(file: Any) -> bool:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return bool(file.read(1) != b"\n")


def _finite(value: Any) -> Any:
    """JSON has no NaN: what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
