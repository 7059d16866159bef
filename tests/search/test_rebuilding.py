"""A scheduler made again from the record decides as the one that the driver took with it would have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded import ended, epoch, report

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.limits import Limits
from cnnsearch.search.decisions import Decisions
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.rebuilding import Past, outcome_of, rebuild_decisions
from cnnsearch.search.samplers import Outcome
from cnnsearch.search.schedulers import SCHEDULERS, Decision, Go, Pause, Stop, milestones
from cnnsearch.study.store import LocalStore

EPOCHS = 9
TRIALS = 24
OPTIONS = {
    "asha": {"grace_epochs": 1, "reduction": 2},
    "pasha": {"grace_epochs": 1, "reduction": 2},
    "pbt": {"population": 6, "interval": 2},
    "hyperband": {"grace_epochs": 1, "reduction": 2},
    "median": {"grace_epochs": 2, "min_trials": 2},
}

Small = Callable[..., Experiment]


class Sweep:
    """Trials whose curves are known, on workers that report in a random order; it carries out what is decided."""

    def __init__(self, folder: Path, experiment: Experiment, arrivals: np.random.Generator) -> None:
        self.folder = folder
        self.experiment = experiment
        self.arrivals = arrivals
        self.decided: list[tuple[int, int, Decision]] = []
        self.told: dict[int, int] = {}
        self.attempts: dict[int, int] = {}
        self.start(None)

    def start(self, past: Past | None) -> None:
        """A driver begins, or goes on from the record."""
        self.ledger = Ledger(LocalStore(self.folder), self.experiment, ["a", "b"], 4, past=past)
        self.running: list[int] = []

    @property
    def lineage(self) -> list[tuple[int, int, int, Any]]:
        """Who took over from whom, after how many epochs, and with what config it went on."""
        releases = Past.read(LocalStore(self.folder)).releases
        taken = [(line.trial, line.epoch, line.source, line.config) for line in releases if line.source is not None]
        return sorted(taken, key=lambda each: each[:2])

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
            self.running.append(given.number)
            self.attempts[given.number] = given.attempt
            self.told[given.number] = min(self.told.get(given.number, 0), given.known)
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
        score = self.value(trial, last)
        decisions = self.ledger.decisions
        decision = Go() if finished else decisions.decide(trial, last, score)
        self.told[trial] = last
        self.ledger.report(trial, report(trial, curve, metric, **end), asked=not finished)
        self.decided.append((trial, last, decision))
        if finished or decision != Go():
            if decision != Pause():
                decisions.end(trial, last, None if fails else score)
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
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_after_a_kill_the_next_decision_is_that_of_an_uninterrupted_run(
    tmp_path: Path, small: Small, name: str, seed: int
) -> None:
    """The next driver, too, lets those wait that did; all that run go on where they last reported."""
    sweep = sweep_of(tmp_path, small, name, seed)
    count = 0
    while sweep.step():
        count += 1
        if count % 3 == 0:
            sweep.start(Past.read(LocalStore(sweep.folder)))
    uninterrupted = sweep_of(tmp_path, small, name, seed + 100)
    uninterrupted.arrivals = np.random.default_rng(seed)
    while uninterrupted.step():
        pass
    assert sweep.decided == uninterrupted.decided
    assert sum(decision == Stop() for *_, decision in sweep.decided) > 3 or name in ("none", "pbt")
    assert any(decision == Pause() for *_, decision in sweep.decided) == (name in ("pasha", "pbt"))
    assert sweep.lineage == uninterrupted.lineage
    assert len(sweep.lineage) > 3 or name != "pbt"
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
    decisions = Decisions.of(experiment, ledger.audit)
    for trial, value in ((0, 0.9), (1, 0.1)):
        ledger.propose()
        told = decisions.decide(trial, 1, value)
        ledger.report(trial, report(trial, {1: value}))
    assert told == Stop()
    again = Decisions.of(experiment, ledger.audit)
    rebuild_decisions(Past.read(LocalStore(tmp_path)), again, experiment)
    assert again.decide(1, 1, 0.1) == Stop()
    assert again.decide(0, 1, 0.9) == Go()


def test_an_objective_that_the_record_lacks_is_told_unless_its_trial_failed_or_has_not_ended() -> None:
    epochs = tuple(epoch(trial, 1, values={"val_loss": None}, event=trial) for trial in range(3))
    past = Past((), (*epochs, epoch(3, 1, values={"val_loss": 0.5})), (ended(0, None), ended(3)), ())
    assert past.curves("val_loss") == {3: {1: 0.5}}
    damaged = Past((), epochs, (ended(0, None), ended(1)), ())
    with pytest.raises(InputError, match=r"curves\.jsonl, trial 1, epoch 1: does not tell val_loss"):
        damaged.curves("val_loss")


def test_the_sampler_hears_by_how_much_limits_are_broken() -> None:
    """Of what was trained, and of what was refused untrained; without limits, of nothing."""
    limits = Limits(parameters=1000, latency_ms=20)
    slow = ended(0, 0.7, cost={"parameters": 1000, "latency_seconds": 0.05})
    refused = ended(1, None, cost={"parameters": 1500, "model_bytes": 6000})
    assert outcome_of(slow, ((1, 0.7),), limits) == Outcome("COMPLETED", 0.7, ((1, 0.7),), 1.5)
    assert outcome_of(refused, (), limits) == Outcome("FAILED", None, (), 0.5)
    assert outcome_of(ended(2, 0.7), (), limits).excess == 0
    assert outcome_of(slow, (), None).excess is None
