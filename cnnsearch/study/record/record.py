"""The record of a study: proposals, curves and trials, one JSON line each, appended to its store.

A proposal outlives the process from before its trial runs; a trial that ended, with its curve, outlives the machine
from before it counts as ended, as do runs of finalists, refits and readings of the test split; epochs of a trial that
runs may wait a few seconds on object storage. Everything else in a study can be made again from these files; another
tells which trials were given to more than one worker, one what users asked of the running sweep, two which trials
waited, and went on. Reports and ends are
numbered together as ``event``: the order in which they arrived. Each line begins with ``trial``; what else it holds
says :mod:`~cnnsearch.study.record.lines`. A line torn by a crash is recognised and left out; after a recovery an epoch
may stand twice, and the last line counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnsearch.escaping import json_text
from cnnsearch.study.record.lines import (
    AnyLine,
    AttemptLine,
    CompressionLine,
    EpochLine,
    FinalistLine,
    Line,
    LineFile,
    NotCompressedLine,
    PauseLine,
    Proposal,
    ReadingLine,
    RefitLine,
    ReleaseLine,
    RequestLine,
    TrialLine,
    files,
    to_json,
)
from cnnsearch.study.record.reading import LineReader
from cnnsearch.study.record.schema import FORMAT
from cnnsearch.study.store import Keep, Store

__all__ = ["Record", "log_name", "read_lines", "text_of"]


def log_name(trial: int) -> str:
    """Where stands what a trial printed in its workers."""
    return f"logs/{trial:06d}.txt"


class Record:
    """Appends to the record of one study. Holds no open file, so it can be copied to where it is needed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def propose(self, line: Proposal) -> None:
        """A config was proposed."""
        self._append(files.PROPOSALS, [line], "process")

    def epochs(self, lines: Sequence[EpochLine]) -> None:
        """Epochs of a trial were trained and told in one report."""
        self._append(files.CURVES, lines, "soon")

    def attempt(self, line: AttemptLine) -> None:
        """A trial that had been begun is given to another worker."""
        self._append(files.ATTEMPTS, [line], "process")

    def pause(self, line: PauseLine) -> None:
        """A trial waits; told before the epochs after which it does, so that what is known to wait has its line."""
        self._append(files.PAUSES, [line], "process")

    def release(self, line: ReleaseLine) -> None:
        """A trial that waited goes on."""
        self._append(files.RELEASES, [line], "process")

    def end(self, line: TrialLine) -> None:
        """A trial ended."""
        self._append(files.TRIALS, [line], "machine")

    def end_finalist(self, line: FinalistLine) -> None:
        """A run of a finalist ended."""
        self._append(files.FINALISTS, [line], "machine")

    def end_refit(self, line: RefitLine) -> None:
        """The winner was trained again on training and validation pictures together."""
        self._append(files.REFITS, [line], "machine")

    def read_test(self, line: ReadingLine) -> None:
        """A model was evaluated on the test split."""
        self._append(files.TEST_READS, [line], "machine")

    def compress(self, line: CompressionLine) -> None:
        """A model was made smaller or faster, or the float model was measured that it is compared with."""
        self._append(files.COMPRESSIONS, [line], "machine")

    def leave_float(self, line: NotCompressedLine) -> None:
        """The sweep could not make its best model smaller in some way."""
        self._append(files.NOT_COMPRESSED, [line], "machine")

    def answer(self, line: RequestLine) -> None:
        """What a user asked from outside was taken, or refused."""
        self._append(files.REQUESTS, [line], "machine")

    def log(self, trial: int, text: str) -> None:
        """A trial printed ``text`` in its worker."""
        self.store.append(log_name(trial), text.splitlines(), "soon")

    def _append(self, file: LineFile[AnyLine], lines: Sequence[AnyLine], keep: Keep) -> None:
        self.store.append(file, [text_of(line) for line in lines], keep)


def text_of(line: Line) -> str:
    """A line as it is written, in this version's format."""
    return json_text(_finite(to_json(replace(line, format=FORMAT))))


def read_lines(store: Store, file: LineFile[AnyLine]) -> list[AnyLine]:
    """The whole lines of a file of the record, in order; none where it is not there.

    Raises:
        InputError: a line is not what the file holds, or of a newer format.
    """
    return LineReader(file, store.location).read(store.appended(file))


def _finite(value: Any) -> Any:
    """JSON has no NaN: what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
