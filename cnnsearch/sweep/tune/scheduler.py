"""The scheduler that Ray Tune is given: it translates what Tune tells, and what is decided."""

from __future__ import annotations

from typing import Any, assert_never

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from cnnsearch.experiment.costs import gains_of
from cnnsearch.experiment.keys.objective import Objective
from cnnsearch.search.decisions import Decisions
from cnnsearch.search.jobs import TrialRun
from cnnsearch.search.schedulers import Decision, Go, Pause, Stop
from cnnsearch.study.fronts import Vector
from cnnsearch.study.record.lines import from_report
from cnnsearch.sweep.job_config import job_of

__all__ = ["OBJECTIVE", "TIME", "TOLD", "TuneScheduler"]

OBJECTIVE = "objective"
"""Key of a report: the objective after the last epoch, which is decided by; absent where the trial failed."""

TIME = "epoch"
"""Key of a report: that epoch. One call may train several, so it is not Tune's iteration."""


TOLD = "told"
"""Key of a report: what the ledger is told, as a text of :mod:`~cnnsearch.study.record.lines`."""


class TuneScheduler(FIFOScheduler):
    """Passes on to a scheduler of ours, which knows trials by number: to Tune, one that goes on elsewhere is a new one.

    So is one that had to wait: to Tune it ends, and its worker is free.

    Runs of finalists and readings of the test split are no part of the search: it hears nothing of them.

    Args:
        scheduler: decides.
        objective: what it decides by.
    """

    def __init__(self, scheduler: Decisions, objective: Objective) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._objective = objective

    def __getstate__(self) -> dict[str, Any]:
        return {}  # the Tuner pickles it when it starts, and nothing is ever restored from that

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:  # noqa: ARG002
        return True  # it knows them

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:  # noqa: ARG002
        job, score = job_of(trial.config), self._score(result)
        if score is None or not isinstance(job, TrialRun):
            return str(TrialScheduler.CONTINUE)
        return _in_tunes_words(self._scheduler.decide(job.number, result[TIME], score, self._beside(result)))

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:  # noqa: ARG002
        job = job_of(trial.config)
        if isinstance(job, TrialRun) and (result.get("finished") or not self._scheduler.waits(job.number)):
            self._scheduler.end(job.number, result[TIME], self._score(result), self._beside(result))

    def _score(self, result: dict[str, Any]) -> float | None:
        return self._objective.sign * result[OBJECTIVE] if OBJECTIVE in result else None

    def _beside(self, result: dict[str, Any]) -> Vector:
        """The other objectives: what the model costs."""
        aims = self._objective.beside
        return gains_of(aims, from_report(result[TOLD]).training.cost) if aims else ()


def _in_tunes_words(decision: Decision) -> str:
    match decision:
        case Go():
            return str(TrialScheduler.CONTINUE)
        case Stop() | Pause():
            return str(TrialScheduler.STOP)
        case _:
            assert_never(decision)
