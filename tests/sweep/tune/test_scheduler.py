"""What Tune tells and asks, translated."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler
from recorded import report

from cnnsearch.experiment import Demand
from cnnsearch.experiment.keys.objective import Objective
from cnnsearch.search.jobs import FinalistRun, TrialRun
from cnnsearch.search.schedulers import Decision, Go, Pause, Stop
from cnnsearch.study.fronts import Vector
from cnnsearch.study.record.lines import to_report
from cnnsearch.sweep.job_config import as_config
from cnnsearch.sweep.tune.scheduler import OBJECTIVE, TIME, TOLD, TuneScheduler


@dataclass(frozen=True)
class TuneTrial:
    """As much of Ray's trial as is read; its ``trial_id`` is another one where a trial goes on elsewhere."""

    config: dict[str, Any]


SHARED: dict[str, Any] = {"lane": 0, "holds": Demand(), "config": {}}
RUN = TuneTrial(as_config(TrialRun(**SHARED, number=7, seed=1)))


@dataclass
class Recording:
    """A scheduler that decides as it is told to, and keeps what it is told."""

    decision: Decision = field(default_factory=Go)
    told: list[tuple[Any, ...]] = field(default_factory=list)

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:
        self.told.append(("decide", trial, epoch, score, *beside))
        return self.decision

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        self.told.append(("end", trial, epoch, score, *beside))

    def waits(self, trial: int) -> bool:  # noqa: ARG002
        return self.decision == Pause()


@pytest.mark.parametrize(("metric", "sign"), [("val_accuracy", 1.0), ("val_loss", -1.0)])
@pytest.mark.parametrize(("decision", "word"), [(Go(), TrialScheduler.CONTINUE), (Stop(), TrialScheduler.STOP)])
def test_reports_and_ends_are_passed_on_by_the_trials_number(
    metric: str, sign: float, decision: Decision, word: str
) -> None:
    scheduler = Recording(decision)
    tune = TuneScheduler(scheduler, Objective(metric=metric))
    result = {TIME: 4, OBJECTIVE: 0.25}
    assert tune.on_trial_result(None, RUN, result) == word
    tune.on_trial_complete(None, RUN, result)
    assert scheduler.told == [("decide", 7, 4, sign * 0.25), ("end", 7, 4, sign * 0.25)]


def test_what_a_model_costs_is_passed_on_where_that_is_an_objective() -> None:
    scheduler = Recording(Stop())
    tune = TuneScheduler(scheduler, Objective(metric="val_accuracy", beside=("latency_ms", "parameters")))
    told = report(7, {4: 0.25}, cost={"parameters": 12.0, "latency_seconds": 0.5, "wall_seconds": 9.0})
    result = {TIME: 4, OBJECTIVE: 0.25, TOLD: to_report(told)}
    tune.on_trial_result(None, RUN, result)
    tune.on_trial_complete(None, RUN, result)
    assert scheduler.told == [("decide", 7, 4, 0.25, -500.0, -12.0), ("end", 7, 4, 0.25, -500.0, -12.0)]


def test_to_tune_one_that_waits_has_ended_and_to_the_scheduler_it_has_not() -> None:
    scheduler = Recording(Pause())
    tune = TuneScheduler(scheduler, Objective(metric="val_accuracy"))
    result = {TIME: 4, OBJECTIVE: 0.25}
    assert tune.on_trial_result(None, RUN, result) == TrialScheduler.STOP
    tune.on_trial_complete(None, RUN, result)
    assert scheduler.told == [("decide", 7, 4, 0.25)]
    tune.on_trial_complete(None, RUN, {**result, "finished": True})
    assert scheduler.told[1:] == [("end", 7, 4, 0.25)]


def test_a_failed_trial_has_no_score() -> None:
    scheduler = Recording()
    tune = TuneScheduler(scheduler, Objective(metric="val_accuracy"))
    assert tune.on_trial_result(None, RUN, {TIME: 2}) == TrialScheduler.CONTINUE
    tune.on_trial_complete(None, RUN, {TIME: 2})
    assert scheduler.told == [("end", 7, 2, None)]


def test_a_finalist_is_never_stopped_and_never_compared_with() -> None:
    scheduler = Recording(Stop())
    tune = TuneScheduler(scheduler, Objective(metric="val_accuracy"))
    trial, result = TuneTrial(as_config(FinalistRun(**SHARED, number=9, seed=1))), {TIME: 1, OBJECTIVE: 0.0}
    assert tune.on_trial_result(None, trial, result) == TrialScheduler.CONTINUE
    tune.on_trial_complete(None, trial, result)
    tune.on_trial_complete(None, trial, {})  # a reading of the test split tells of no epoch
    assert scheduler.told == []


def test_tune_may_pickle_it_whatever_it_passes_on_to() -> None:
    unpicklable = Recording(told=[(lambda: None,)])
    assert isinstance(
        pickle.loads(pickle.dumps(TuneScheduler(unpicklable, Objective(metric="val_accuracy")))), TuneScheduler
    )
