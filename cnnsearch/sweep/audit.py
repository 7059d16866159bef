"""Audit: a random share of the trials that a scheduler stops finish all the same, to tell what stopping cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from cnnsearch.sweep.tune.scheduler_factories import TIME

__all__ = ["Audit", "is_audited"]

_AUDIT = 0xA0D1
"""Tells the audit's draws from others that are made of the experiment's seed and a trial's number."""


class Audit(FIFOScheduler):
    """Wraps a scheduler, and does not carry out some of its stops.

    A trial that is audited has ended for the scheduler where it would have been stopped: later rungs do not see it, so
    that the others are judged as they would have been.

    Args:
        scheduler: decides. The ``trial_id`` of the trials that it is given is their number.
        share: of the trials that it stops, finish all the same.
        seed: of the draw; whether a trial is audited depends on this and its number only.
        audited: told the trial and the epoch at which it would have been stopped.
    """

    def __init__(
        self,
        scheduler: TrialScheduler,
        share: float | None,
        seed: int,
        audited: Callable[[int, int], None] = lambda _trial, _epoch: None,
    ) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._share = share or 0.0
        self._seed = seed
        self._tell = audited
        self._apart: set[int] = set()

    def __getstate__(self) -> dict[str, Any]:
        return {}  # the Tuner pickles it when it starts, and nothing is ever restored from that

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:
        return bool(self._scheduler.set_search_properties(metric, mode, **spec))

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        if int(trial.trial_id) not in self._apart:
            self._scheduler.on_trial_add(tune_controller, trial)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        number = int(trial.trial_id)
        if number in self._apart:
            return str(TrialScheduler.CONTINUE)
        decision = str(self._scheduler.on_trial_result(tune_controller, trial, result))
        if decision == TrialScheduler.STOP and is_audited(self._share, self._seed, number):
            self._scheduler.on_trial_complete(tune_controller, trial, result)
            self._apart.add(number)
            self._tell(number, int(result[TIME]))
            return str(TrialScheduler.CONTINUE)
        return decision

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        if int(trial.trial_id) not in self._apart:
            self._scheduler.on_trial_complete(tune_controller, trial, result)

    def debug_string(self) -> str:
        return str(self._scheduler.debug_string())


def is_audited(share: float, seed: int, trial: int) -> bool:
    """Whether a trial finishes where it is stopped; of many trials, ``share`` do."""
    return bool(np.random.default_rng((seed, _AUDIT, trial)).random() < share)
