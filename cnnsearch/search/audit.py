"""Audit: some trials that a scheduler stops finish all the same, to tell what stopping cost, or to compare with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

import numpy as np

from cnnsearch.search.schedulers import Decision, Go, Pause, Release, Scheduler, Stop
from cnnsearch.study.fronts import Vector

__all__ = ["Audit", "is_audited"]

_AUDIT = 0xA0D1
"""Tells the audit's draws from others that are made of the experiment's seed and a trial's number."""


class Audit:
    """Wraps a scheduler, and does not carry out some of its stops.

    A trial that is audited has ended for the scheduler where it would have been stopped: later rungs do not see it, so
    that the others are judged as they would have been.

    Args:
        scheduler: decides.
        share: of the trials that it stops, finish all the same.
        seed: of the draw; whether a trial is audited depends on this and its number only.
        audited: told the trial and the epoch at which it would have been stopped.
        is_never_stopped: whether a trial finishes in any case, and waits for nothing: it might wait in vain.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        share: float | None,
        seed: int,
        audited: Callable[[int, int], None] = lambda _trial, _epoch: None,
        is_never_stopped: Callable[[int], bool] = lambda _trial: False,
    ) -> None:
        self._scheduler = scheduler
        self._share = share or 0.0
        self._seed = seed
        self._tell = audited
        self._is_never_stopped = is_never_stopped
        self._apart: set[int] = set()
        self._waiting: dict[int, tuple[int, float, Vector]] = {}

    def begin(self, trial: int, kin: Hashable) -> None:
        self._scheduler.begin(trial, kin)

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        if trial in self._apart:
            return Go()
        decision = self._scheduler.decide(trial, epoch, score, beside)
        if isinstance(decision, Pause):
            if self._is_never_stopped(trial):
                self._set_apart(trial, epoch, score, beside)
                return Go()
            self._waiting[trial] = epoch, score, beside
        return Go() if isinstance(decision, Stop) and self._is_spared(trial, epoch, score, beside) else decision

    def released(self) -> Mapping[int, Release]:
        found = dict(self._scheduler.released())
        for trial, release in found.items():
            stand = self._waiting.pop(trial)
            if isinstance(release, Stop) and self._is_spared(trial, *stand):
                found[trial] = Go()
        return found

    def close(self) -> None:
        self._scheduler.close()

    def _is_spared(self, trial: int, epoch: int, score: float, beside: Vector) -> bool:
        """Whether a trial that would be stopped finishes all the same."""
        if not self._is_never_stopped(trial) and not is_audited(self._share, self._seed, trial):
            return False
        self._set_apart(trial, epoch, score, beside)
        self._tell(trial, epoch)
        return True

    def _set_apart(self, trial: int, epoch: int, score: float, beside: Vector) -> None:
        """For the scheduler a trial has ended."""
        self._scheduler.end(trial, epoch, score, beside)
        self._apart.add(trial)

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        self._waiting.pop(trial, None)
        if trial not in self._apart:
            self._scheduler.end(trial, epoch, score, beside)


def is_audited(share: float, seed: int, trial: int) -> bool:
    """Whether a trial finishes where it is stopped; of many trials, ``share`` do."""
    return bool(np.random.default_rng((seed, _AUDIT, trial)).random() < share)
