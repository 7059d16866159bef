"""Checkpoints of a trial in flight: when one is worth its time, and where it lies until the trial ends."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from cnnsearch.study.record.lines import Checkpointing
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import CHECKPOINT, CHECKPOINTS, TAKEOVER, left_by

if TYPE_CHECKING:
    from cnnsearch.training.checkpoint import Checkpoint
    from cnnsearch.training.lockstep.running import Running

__all__ = ["Checkpoints", "delete_all_but"]

MOST_SHARE = 0.02
"""Of a trial's time that its checkpoints may take."""


class Checkpoints:
    """Those of one attempt at a trial; the last one only is kept.

    Args:
        store: of the study, seen by all nodes.
        trial: its number.
        attempt: counted from 1. What an earlier one leaves later does no harm.
        least: seconds of work between two, at least.

    Attributes:
        written: how many.
        seconds: that writing took.
        bytes: of the last one.
    """

    def __init__(self, store: Store, trial: int, attempt: int, least: float) -> None:
        self._least = least
        self._store = store
        self._trial = trial
        self._attempt = attempt
        self._last = time.perf_counter()
        self.written = 0
        self.seconds = 0.0
        self.bytes = 0

    def last(self) -> Checkpoint | None:
        """The last one of the latest attempt that left one which can be read.

        Where another trial's lies beside it, the trial goes on with what that one had.
        """
        if self._attempt == 1:
            return None
        for attempt in sorted(self._earlier(), reverse=True):
            found, other = (self._read(attempt, name) for name in (CHECKPOINT, TAKEOVER))
            if found is not None:
                return found if other is None else found.taking_over(other)
        return None

    def _read(self, attempt: int, name: str) -> Checkpoint | None:
        from cnnsearch.training.checkpoint import Checkpoint

        try:
            return Checkpoint.from_bytes(self._store.read(f"{left_by(self._trial, attempt)}/{name}"))
        except FileNotFoundError:
            return None

    def begin(self) -> None:
        """Work begins now: preparing a trial is not what a checkpoint saves."""
        self._last = time.perf_counter()

    def is_due(self, least: float | None = None) -> bool:
        """Whether enough work was done since the last one for another to be worth its time.

        Args:
            least: seconds of work that are worth one; left out, what was given when this was made.
        """
        least = self._least if least is None else least
        each = self.seconds / self.written if self.written else 0.0
        return time.perf_counter() - self._last >= max(least, each / MOST_SHARE)

    def keep(self, trainer: Running) -> None:
        """Write where the trial stands now, in place of what is there."""
        started = time.perf_counter()
        checkpoint = trainer.checkpoint()
        if checkpoint is not None:
            content = checkpoint.to_bytes()
            self._store.write(f"{left_by(self._trial, self._attempt)}/{CHECKPOINT}", content)
            if not self.written and self._attempt > 1:
                for attempt in self._earlier():
                    self._store.delete(left_by(self._trial, attempt))
            self.written += 1
            self.bytes = len(content)
        self._last = time.perf_counter()
        self.seconds += self._last - started

    @property
    def cost(self) -> Checkpointing:
        """What the trial's line tells of them."""
        return Checkpointing(written=self.written, seconds=round(self.seconds, 4), bytes=self.bytes)

    def _earlier(self) -> set[int]:
        names = self._store.entries(f"{CHECKPOINTS}/{self._trial}")
        found = (re.match(rf"{CHECKPOINTS}/{self._trial}/(\d+)/", name) for name in names)
        return {int(match[1]) for match in found if match and int(match[1]) < self._attempt}


def delete_all_but(store: Store, trials: Collection[int], waiting: Collection[int] = ()) -> None:
    """Delete what no longer serves anybody.

    Args:
        store: of the study.
        trials: that may go on: their checkpoints stay.
        waiting: those of them that had to wait, and may end where they did: all that they left stays.
    """
    names = list(store.entries(CHECKPOINTS))
    whole = set(trials) & set(waiting)
    kept = [name for name in names if _trial_of(name) in (trials if name.endswith(f"/{CHECKPOINT}") else whole)]
    if not kept:
        store.delete(CHECKPOINTS)
        return
    going_on = {_trial_of(name) for name in kept}
    for name in names:
        if _trial_of(name) not in going_on:
            store.delete(f"{CHECKPOINTS}/{_trial_of(name)}")
        elif name not in kept:
            store.delete(name)


def _trial_of(name: str) -> int | str:
    """Its number; what no worker named so is of no trial."""
    of = name.split("/")[1]
    return int(of) if of.isdecimal() else of
