"""Decisions: a scheduler that judges each report of a trial once, whichever worker or driver brings it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from cnnsearch.search.jobs import TrialRun
from cnnsearch.sweep.job_config import job_of
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, TIME

__all__ = ["Decisions"]


@dataclass(frozen=True)
class _Numbered:
    """A trial as the wrapped scheduler sees it: to Tune, one that goes on elsewhere is another trial."""

    trial_id: str
    status: str = "RUNNING"


class Decisions(FIFOScheduler):
    """Wraps a scheduler: what it was told can be told to another one, which then decides alike.

    A trial that goes on from an earlier epoch tells some epochs again. The scheduler must not count them twice, and
    what it had decided still holds: it may have stopped the trial, and the driver died before that was recorded.

    Args:
        scheduler: decides; Ray's, not yet used.
        mode: ``max`` or ``min``.
    """

    def __init__(self, scheduler: TrialScheduler, mode: str) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._scheduler.set_search_properties(OBJECTIVE, mode)
        self._made: dict[int, dict[int, str]] = {}

    def judge(self, trial: int, epoch: int, value: float) -> str:
        """Whether the trial goes on after ``epoch``, where its objective is ``value``."""
        if trial not in self._made:
            self._scheduler.on_trial_add(None, _Numbered(str(trial)))
        made = self._made.setdefault(trial, {})
        if not made or epoch > max(made):
            result = {TIME: epoch, OBJECTIVE: value}
            made[epoch] = self._scheduler.on_trial_result(None, _Numbered(str(trial)), result)
        return str(made.get(epoch, TrialScheduler.CONTINUE))

    def close(self, trial: int, epoch: int, value: float | None) -> None:
        """The trial ended after ``epoch``; ``value`` is the objective there, ``None`` where it failed."""
        if trial not in self._made:
            self._scheduler.on_trial_add(None, _Numbered(str(trial)))
        result = {TIME: epoch} if value is None else {TIME: epoch, OBJECTIVE: value}
        self._scheduler.on_trial_complete(None, _Numbered(str(trial)), result)
        self._made.pop(trial, None)

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:  # noqa: ARG002
        return True

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        pass

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:  # noqa: ARG002
        job = job_of(trial.config)
        if OBJECTIVE not in result or not isinstance(job, TrialRun):
            return str(TrialScheduler.CONTINUE)
        return self.judge(job.number, result[TIME], result[OBJECTIVE])

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:  # noqa: ARG002
        job = job_of(trial.config)
        if isinstance(job, TrialRun):  # others are no part of the search, and are never stopped
            self.close(job.number, result[TIME], result.get(OBJECTIVE))

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        pass

    def on_trial_remove(self, tune_controller: Any, trial: Any) -> None:
        pass

    def debug_string(self) -> str:
        return str(self._scheduler.debug_string())
