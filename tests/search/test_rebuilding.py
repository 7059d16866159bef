"""A scheduler made again from the record decides as the one that the driver took with it would have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray.tune.schedulers import TrialScheduler
from recorded import report

from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger import Ledger
from cnnsearch.search.rebuilding import Past, rebuild_decisions
from cnnsearch.search.schedulers.spec import SCHEDULERS, milestones
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.decisions import Decisions
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, TIME, make_scheduler

EPOCHS = 9
TRIALS = 24
OPTIONS = {"asha": {"grace_epochs": 1, "reduction": 2}, "median": {"grace_epochs": 2, "min_trials": 2}}

Small = Callable[..., Experiment]


class TuneTrial:
    """As much of Ray's trial as is read."""

    def __init__(self, number: int) -> None:
        self.config = {"trial": number}


class Sweep:
    """Trials whose curves are known, on workers that report in a random order; decisions are Tune's to carry out."""

    def __init__(self, folder: Path, experiment: Experiment, arrivals: np.random.Generator) -> None:
        self.folder = folder
        self.experiment = experiment
        self.arrivals = arrivals
        self.stops: list[tuple[int, int]] = []
        self.told: dict[int, int] = {}
        self.attempts: dict[int, int] = {}
        self.start(None)

    def start(self, past: Past | None) -> None:
        """A driver begins, or goes on from the record."""
        self.ledger = Ledger(LocalStore(self.folder), self.experiment, ["a", "b"], 4, past=past)
        options = self.experiment.scheduler
        self.decisions = Decisions(make_scheduler(options, EPOCHS), self.experiment.objective.mode or "max")
        if past is not None:
            rebuild_decisions(past, self.decisions, self.experiment.objective.metric)
        self.running: list[int] = []

    def value(self, trial: int, epoch: int) -> float:
        rng = np.random.default_rng((trial, 7))
        top, speed = rng.uniform(0.3, 1.0), rng.uniform(0.1, 1.0)
        return float(top * (1 - np.exp(-speed * epoch)) + 0.02 * np.sin(trial * epoch))

    def length(self, trial: int) -> int:
        """Some end by patience, some fail."""
        return 4 if trial % 7 == 3 else 6 if trial % 5 == 4 else EPOCHS

    def step(self) -> bool:
        """One report arrives; returns whether there was one."""
        while (given := self.ledger.propose()) is not None:
            self.running.append(given["trial"])
            self.attempts[given["trial"]] = given["attempt"]
            self.told[given["trial"]] = min(self.told.get(given["trial"], 0), given["known"])
        if not self.running:
            return False
        trial = self.running[int(self.arrivals.integers(len(self.running)))]
        first = self.told[trial] + 1
        asked = milestones(self.experiment.scheduler["name"], self.experiment.scheduler, EPOCHS)
        last = min([epoch for epoch in asked if epoch >= first] + [self.length(trial)])
        self.report(trial, first, last)
        return True

    def report(self, trial: int, first: int, last: int) -> None:
        """What the worker reports, and what Tune then does, in Tune's order."""
        metric = self.experiment.objective.metric
        finished = last == self.length(trial)
        fails = finished and trial % 7 == 3
        curve = {epoch: self.value(trial, epoch) for epoch in range(first, last + 1)}
        end = {"value": max(self.value(trial, epoch) for epoch in range(1, last + 1)), "epochs": last}
        if fails:
            end |= {"state": "FAILED", "end_reason": "error", "reason": "it broke", "value": None}
        model = self.folder / "checkpoints" / str(trial) / str(self.attempts[trial]) / "model.keras"
        model.parent.mkdir(parents=True, exist_ok=True)
        model.write_text("")
        result = {TIME: last} if fails else {TIME: last, OBJECTIVE: self.value(trial, last)}
        decision = TrialScheduler.STOP if finished else self.decisions.on_trial_result(None, TuneTrial(trial), result)
        self.told[trial] = last
        self.ledger.report(trial, report(trial, curve, metric, **end), asked=not finished)
        if decision == TrialScheduler.STOP:
            if not finished:
                self.stops.append((trial, last))
            self.decisions.on_trial_complete(None, TuneTrial(trial), result)
            self.ledger.end(trial, finished)
            self.running.remove(trial)


def sweep_of(tmp_path: Path, small: Small, name: str, seed: int) -> Sweep:
    keys: dict[str, Any] = {"space": {"learning_rate": {"float": [1e-4, 1e-2]}}, "epochs": EPOCHS}
    scheduler = {"name": name, **OPTIONS.get(name, {})}
    folder = tmp_path / f"{seed}"
    folder.mkdir()
    experiment = small(**keys, scheduler=scheduler, budget={"trials": TRIALS})
    return Sweep(folder, experiment, np.random.default_rng(seed))


@pytest.mark.parametrize("name", list(SCHEDULERS))
@pytest.mark.parametrize("seed", range(2))
def test_after_a_kill_the_next_decision_is_that_of_an_uninterrupted_run(
    tmp_path: Path, small: Small, name: str, seed: int
) -> None:
    sweep = sweep_of(tmp_path, small, name, seed)
    count = 0
    while sweep.step():
        count += 1
        if count % 3:
            continue
        again = Decisions(make_scheduler(sweep.experiment.scheduler, EPOCHS), "max")
        rebuild_decisions(Past.read(LocalStore(sweep.folder)), again, sweep.experiment.objective.metric)
        for trial in sweep.running:
            if sweep.told[trial]:
                assert again.judge(trial, sweep.told[trial], 0.0) == TrialScheduler.CONTINUE
        sweep.decisions = again  # from here on the rebuilt one decides
    uninterrupted = sweep_of(tmp_path, small, name, seed + 100)
    uninterrupted.arrivals = np.random.default_rng(seed)
    while uninterrupted.step():
        pass
    assert sweep.stops == uninterrupted.stops
    assert len(sweep.stops) > 3 or name == "none"
    assert sweep.ledger.ended == uninterrupted.ledger.ended


@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_drivers_that_die_again_and_again_lose_no_ended_trial_and_run_none_twice(
    tmp_path: Path, small: Small, name: str
) -> None:
    """Trials in flight start again, from their first epoch or from where they were."""
    sweep = sweep_of(tmp_path, small, name, 5)
    rng = np.random.default_rng(0)
    ended: list[dict[str, Any]] = []
    while sweep.step():
        if rng.random() < 0.15:
            past = Past.read(LocalStore(sweep.folder))
            assert list(past.ends[: len(ended)]) == ended
            ended = list(past.ends)
            for line in past.in_flight:
                sweep.told[line.trial] = int(rng.integers(sweep.told[line.trial] + 1))
            sweep.start(past)
    past = Past.read(LocalStore(sweep.folder))
    assert sorted(line.trial for line in past.ends) == list(range(TRIALS))
    assert len(past.proposals) == TRIALS
    assert past.in_flight == ()


def test_a_stop_that_the_driver_did_not_live_to_record_is_decided_again(tmp_path: Path, small: Small) -> None:
    experiment = small(epochs=EPOCHS, scheduler={"name": "asha", "grace_epochs": 1, "reduction": 2})
    ledger = Ledger(LocalStore(tmp_path), experiment, ["a", "b"], 4)
    decisions = Decisions(make_scheduler(experiment.scheduler, EPOCHS), "max")
    for trial, value in ((0, 0.9), (1, 0.1)):
        ledger.propose()
        told = decisions.on_trial_result(None, TuneTrial(trial), {TIME: 1, OBJECTIVE: value})
        ledger.report(trial, report(trial, {1: value}))
    assert told == TrialScheduler.STOP
    again = Decisions(make_scheduler(experiment.scheduler, EPOCHS), "max")
    rebuild_decisions(Past.read(LocalStore(tmp_path)), again, "val_accuracy")
    assert again.on_trial_result(None, TuneTrial(1), {TIME: 1, OBJECTIVE: 0.1}) == TrialScheduler.STOP
    assert again.on_trial_result(None, TuneTrial(0), {TIME: 1, OBJECTIVE: 0.9}) == TrialScheduler.CONTINUE


def test_an_epoch_told_again_does_not_count_twice() -> None:
    decisions = Decisions(make_scheduler({"name": "asha", "grace_epochs": 1, "reduction": 2}, EPOCHS), "max")
    for trial, value in ((0, 0.2), (1, 0.4), (2, 0.6)):
        decisions.judge(trial, 1, value)
    for _ in range(9):
        decisions.judge(2, 1, 0.6)
    assert decisions.judge(3, 1, 0.41) == TrialScheduler.CONTINUE, (
        "counted ten times, trial 2 would have raised the bar"
    )
