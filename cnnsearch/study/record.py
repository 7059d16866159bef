"""The record of a study: proposals, curves and trials, one JSON line each, appended to its store.

A proposal outlives the process from before its trial runs; a trial that ended, with its curve, outlives the machine
from before it counts as ended, as do runs of finalists and readings of the test split; epochs of a trial that runs may
wait a few seconds on object storage. Everything else in a study can be made again from these files; another tells
which trials were given to more than one worker. Reports and ends are numbered together as ``event``: the order in
which they arrived. Each line begins with ``trial``; what else it holds says :mod:`~cnnsearch.study.lines`. A line torn
by a crash is recognised and left out; after a recovery an epoch may stand twice, and the last line counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.escaping import json_text
from cnnsearch.study.lines import ATTEMPTS, CURVES, FINALISTS, PROPOSALS, TEST_READS, TRIALS
from cnnsearch.study.reading import LineReader
from cnnsearch.study.schema import FORMAT
from cnnsearch.study.store import Keep, Store

__all__ = [
    "ATTEMPTS",
    "CURVES",
    "FINALISTS",
    "FORMAT",
    "PROPOSALS",
    "TEST_READS",
    "TRIALS",
    "Record",
    "gave_numbers",
    "log_name",
    "read_lines",
]


def log_name(trial: int) -> str:
    """Where stands what a trial printed in its workers."""
    return f"logs/{trial:06d}.txt"


class Record:
    """Appends to the record of one study. Holds no open file, so it can be copied to where it is needed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def propose(self, trial: int, line: Mapping[str, Any]) -> None:
        """A config was proposed: ``config``, ``seed``, ``told`` (the sampler knew so many results), ``time``.

        ``repeats``, where there are any, are configs that the sampler proposed before it and that had been tried.
        """
        self._append(PROPOSALS, trial, [line], "process")

    def epochs(self, trial: int, lines: list[Mapping[str, Any]]) -> None:
        """Epochs were trained and told in one report: each line has ``epoch``, counted from 1, its metrics, ``event``.

        ``asked`` stands in the last one where the scheduler decided on it.
        """
        self._append(CURVES, trial, lines, "soon")

    def attempt(self, trial: int, line: Mapping[str, Any]) -> None:
        """A trial that had been begun is given to another worker: ``attempt``, counted from 1, ``why``, ``time``."""
        self._append(ATTEMPTS, trial, [line], "process")

    def end(self, trial: int, line: Mapping[str, Any]) -> None:
        """A trial ended: ``state``, ``reason``, ``value``, ``metrics``, ``cost``, ``worker``, ``event``."""
        self._append(TRIALS, trial, [line], "machine")

    def end_finalist(self, trial: int, line: Mapping[str, Any]) -> None:
        """A run of a finalist ended: ``run``, ``seed``, and what :meth:`end` takes, with ``curve``."""
        self._append(FINALISTS, trial, [line], "machine")

    def read_test(self, trial: int, line: Mapping[str, Any]) -> None:
        """A model was evaluated on the test split: ``run``, ``by``, ``time``, ``metrics``, ``count``."""
        self._append(TEST_READS, trial, [line], "machine")

    def log(self, trial: int, text: str) -> None:
        """A trial printed ``text`` in its worker."""
        self.store.append(log_name(trial), text.splitlines(), "soon")

    def _append(self, name: str, trial: int, lines: Sequence[Mapping[str, Any]], keep: Keep) -> None:
        texts = [json_text({"trial": trial, "format": FORMAT, **_finite(line)}) for line in lines]
        self.store.append(name, texts, keep)


def read_lines(store: Store, name: str) -> list[dict[str, Any]]:
    """The whole lines of a file of the record, in order; none where it is not there.

    Raises:
        InputError: a line is not what the file holds, or of a newer format.
    """
    return LineReader(name, store.location).read(store.appended(name))


def gave_numbers(reading: Mapping[str, Any]) -> bool:
    """Whether a line of ``test_reads.jsonl`` is a reading: one that failed has shown nobody anything of the split."""
    return reading.get("state") != "FAILED" and bool(reading.get("metrics"))


def _finite(value: Any) -> Any:
    """JSON has no NaN: what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
