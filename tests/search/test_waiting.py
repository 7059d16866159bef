"""Trials that wait: what is recorded of them, and whatever may befall them meanwhile. Without Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded import report

from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import TrialRun
from cnnsearch.search.ledger.ledger import RESUMED, WAITED, Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.schedulers import Go, Pause, Stop
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.study.record.lines import TrialLine
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
PASHA = {"name": "pasha", "grace_epochs": 1, "reduction": 2}
PBT = {"name": "pbt", "population": 2, "interval": 2}


class Desk:
    """A ledger with two lanes, its workers, and Tune's part in between. Rungs are after 1, 2 and 4 of 6 epochs."""

    def __init__(self, folder: Path, small: Small, trials: int = 3, **keys: Any) -> None:
        self.folder = folder
        defaults = {"scheduler": PASHA, "budget": {"trials": trials}, "start": "none"}
        self.experiment = small(epochs=6, **{**defaults, **keys})
        (folder / "experiment.yaml").write_text(self.experiment.to_yaml())
        self.ledger = self.begun()

    def begun(self) -> Ledger:
        return Ledger(LocalStore(self.folder), self.experiment, ["a", "b"], 2, past=self.past)

    @property
    def past(self) -> Past:
        return Past.read(LocalStore(self.folder))

    def give(self) -> TrialRun:
        job = self.ledger.propose()
        assert job is not None
        return job

    def tell(self, job: TrialRun, epoch: int, value: float, lets_go: bool = True) -> Go | Stop | Pause:
        """One epoch is told; ``lets_go``: the worker of one that does not go on lives to be let go."""
        (folder := self.folder / job.folder).mkdir(parents=True, exist_ok=True)
        (folder / "model.keras").write_text(f"weights of {job.number}")
        if epoch in job.pauses:
            (folder / "checkpoint.npz").write_text(f"{job.number} after {epoch}")
        decision = self.ledger.decisions.decide(job.number, epoch, value)
        self.ledger.report(job.number, report(job.number, {epoch: value}))
        if decision != Go() and lets_go:
            if not self.ledger.decisions.waits(job.number):
                self.ledger.decisions.end(job.number, epoch, value)
            self.ledger.end(job.number, False)
        return decision

    def wait(self, job: TrialRun, first: float = 0.5) -> None:
        """To the rung where it must wait."""
        assert [self.tell(job, 1, first), self.tell(job, 2, first + 0.1)] == [Go(), Pause()]

    @property
    def ends(self) -> list[tuple[int, str, str | None, int]]:
        return [(line.trial, line.state, line.end_reason, line.epochs) for line in self.past.ends]


def test_a_lane_of_one_that_waits_is_another_ones(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small)
    first, second = desk.give(), desk.give()
    assert first.pauses == (2, 4)
    assert desk.ledger.propose() is None
    desk.wait(first)
    assert desk.give().number == 2
    (line,) = desk.past.pauses
    assert (line.trial, line.epochs, line.attempt, line.state, line.end_reason) == (0, 2, 1, "STOPPED", "scheduler")
    assert desk.past.ends == ()
    assert desk.ledger.runs(second.number)


def test_the_last_ones_go_on_when_all_wait(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, trials=2)
    first, second = desk.give(), desk.give()
    desk.wait(first, 0.5)
    desk.wait(second, 0.6)
    job = desk.give()  # the better half goes on to the end, from the checkpoint that it left
    assert (job.number, job.attempt, job.known) == (1, 2, 2)
    assert desk.ends == [(0, "STOPPED", "scheduler", 2)]
    assert [(line.trial, line.epoch, line.closing) for line in desk.past.releases] == [(1, 2, True)]
    assert [line.why for line in desk.past.attempts] == [WAITED]
    assert [desk.tell(job, epoch, 0.7) for epoch in (3, 4, 5)] == [Go(), Go(), Go()]


def test_so_they_do_where_the_space_is_exhausted(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, trials=9, space={"filters": {"choice": [4, 8]}})
    first, second = desk.give(), desk.give()
    desk.wait(first, 0.5)
    desk.wait(second, 0.6)
    assert desk.give().number == 1


def test_who_waits_does_so_for_the_next_driver_too(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, trials=2)
    first, second = desk.give(), desk.give()
    desk.wait(first, 0.5)
    desk.tell(second, 1, 0.6)
    desk.ledger = desk.begun()
    again = desk.give()
    assert (again.number, again.attempt, [line.why for line in desk.past.attempts]) == (1, 2, [RESUMED])
    assert desk.ledger.propose() is None
    assert desk.tell(again, 2, 0.65) == Pause()
    desk.ledger = desk.begun()
    assert desk.give().number == 1
    assert desk.ends == [(0, "STOPPED", "scheduler", 2)]
    assert desk.past.ends[0].value == 0.6


def test_a_release_that_the_driver_did_not_live_to_carry_out_is_carried_out_by_the_next(
    tmp_path: Path, small: Small
) -> None:
    desk = Desk(tmp_path, small)
    first, second = desk.give(), desk.give()
    desk.wait(first, 0.6)
    desk.tell(second, 1, 0.7)
    assert desk.tell(second, 2, 0.5) == Stop()  # below the other: their ranks have changed, and the rung rises
    assert desk.past.releases == ()
    desk.ledger = desk.begun()
    assert (job := desk.give()).number == 0
    assert [(line.trial, line.closing) for line in desk.past.releases] == [(0, False)]
    desk.ledger = desk.begun()
    assert (again := desk.give()).number == 0
    assert (job.attempt, again.attempt) == (2, 3)


def test_a_worker_that_dies_when_its_trial_is_to_wait_changes_nothing(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small)
    job = desk.give()
    desk.tell(job, 1, 0.5)
    assert desk.tell(job, 2, 0.6, lets_go=False) == Pause()
    desk.ledger.lose(job.number)
    assert desk.past.attempts == ()
    assert [desk.give().number, desk.give().number] == [1, 2]


def test_so_does_a_driver_that_dies_then(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small)
    job = desk.give()
    desk.tell(job, 1, 0.5)
    desk.tell(job, 2, 0.6, lets_go=False)
    desk.ledger = desk.begun()
    assert desk.past.attempts == ()
    assert [desk.give().number, desk.give().number] == [1, 2]


def test_when_the_minutes_are_over_who_waits_has_been_stopped(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small)
    desk.wait(desk.give())
    desk.ledger.cut_short()
    assert desk.ends == [(0, "STOPPED", "scheduler", 2)]
    assert (tmp_path / "best" / "model.keras").read_text() == "weights of 0"


def test_where_all_count_with_the_epochs_that_they_had_who_waits_does_so_too(tmp_path: Path, small: Small) -> None:
    """Else one that ran when the minutes were over would stand before it, whatever it gave."""
    desk = Desk(tmp_path, small, budget={"minutes": 1, "all": True})
    desk.wait(first := desk.give())
    second = desk.give()
    desk.tell(second, 1, 0.6)
    desk.ledger.cut_short()
    desk.ledger.cut(second.number)
    assert desk.ends == [(first.number, "COMPLETED", "budget", 2), (second.number, "COMPLETED", "budget", 1)]


def test_who_a_user_wants_to_stop_does_so_also_when_the_minutes_of_all_end(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, budget={"minutes": 1, "all": True})
    desk.wait(desk.give())
    second = desk.give()
    desk.tell(second, 1, 0.6)
    desk.ledger.wishes.unwanted |= {0, second.number}
    desk.ledger.cut_short()
    desk.ledger.cut(second.number)
    assert desk.ends == [(0, "STOPPED", "user", 2), (second.number, "STOPPED", "user", 1)]


def settled(config: Config) -> list[float]:
    """The better the larger its dropout, at each epoch: nobody ever changes places."""
    return [0.05 * epoch + config["dropout"] for epoch in range(1, 10)]


@pytest.mark.parametrize("start", ["recommended", "none"])
@pytest.mark.parametrize("takes_all", [False, True])
def test_before_the_minutes_are_over_the_best_of_those_that_wait_go_on_to_the_end(
    tmp_path: Path, small: Small, start: str, takes_all: bool
) -> None:
    """Minutes alone end it, so there is always another trial to come; and the recommended config waits for nothing."""
    experiment = small(
        epochs=9,
        scheduler=PASHA,
        sampler="random",
        space={"dropout": {"float": [0.0, 0.5]}},
        start=start,
        budget={"minutes": 1, "all": takes_all},
    )
    Simulation(LocalStore(tmp_path), experiment, settled, 2).run()
    study = Study.load(tmp_path)
    whole = {line.trial for line in study.records if line.state == "COMPLETED" and line.epochs == 9}
    assert whole - {0}
    assert (0 in whole) == (start == "recommended")
    assert study.best is not None
    assert study.best.trial in whole
    assert study.best.value == max(line.value for line in study.records if line.value is not None)
    waited = [line for line in study.records if line.end_reason == "budget" or line.epochs == 2]
    assert {line.end_reason for line in waited} == {"scheduler", *(["budget"] if takes_all else [])}
    assert len(Past.read(LocalStore(tmp_path)).in_flight) <= 2, "who found no worker ended there"


def test_who_goes_on_and_finds_no_worker_in_time_counts_with_what_it_had(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, budget={"minutes": 1, "all": True})
    for value in (0.5, 0.6, 0.7, 0.8, 0.85):
        desk.wait(desk.give(), value)
    desk.ledger.decisions.close()
    runs = [desk.give(), desk.give()]
    assert [job.number for job in runs] == [4, 3], "the best first"
    desk.ledger.cut_short()
    assert desk.ends[2:] == [(2, "COMPLETED", "budget", 2)]
    for job in runs:
        desk.tell(job, 3, 0.9)
        desk.ledger.cut(job.number)
    assert desk.ends[3:] == [(4, "COMPLETED", "budget", 3), (3, "COMPLETED", "budget", 3)]
    assert (tmp_path / "best" / "model.keras").read_text() == "weights of 3"


def test_the_time_for_which_it_waited_is_no_work(tmp_path: Path) -> None:
    """No more than the workers had: also of trials that ended long after their workers had let them go."""
    experiment = Experiment(
        name="waiting",
        space={"dropout": {"float": [0.0, 0.5]}},
        epochs=27,
        sampler="random",
        scheduler={"name": "pasha", "grace_epochs": 1},
        budget={"trials": 30},
    )

    def curve(config: Config) -> list[float]:
        noise = np.random.default_rng(int(1e6 * config["dropout"])).random(27)
        return [config["dropout"] * (1 - 0.8**epoch) + 0.02 * each for epoch, each in enumerate(noise)]

    Simulation(LocalStore(tmp_path), experiment, curve, workers=2).run()
    ends = Past.read(LocalStore(tmp_path)).ends
    assert any(line.waited_since is not None for line in ends)
    assert sum(line.worked_seconds for line in ends) <= 2 * (max(line.ended for line in ends) - ends[0].started)
    for line in ends:
        assert line.worked_seconds == pytest.approx(line.worked_until - line.started)
        assert line.worked_until <= line.ended


def test_a_user_may_stop_one_that_waits(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small)
    desk.wait(desk.give())
    desk.ledger.wishes.unwanted.add(0)
    desk.give()
    assert desk.ends == [(0, "STOPPED", "user", 2)]


def test_a_trial_that_waited_tells_its_attempts(tmp_path: Path, small: Small) -> None:
    desk = Desk(tmp_path, small, trials=1)
    desk.wait(desk.give())
    job = desk.give()
    desk.ledger.report(0, report(0, {3: 0.9}), asked=False)
    folder = tmp_path / job.folder
    folder.mkdir(parents=True)
    (folder / "model.keras").write_text("later weights")
    desk.ledger.decisions.end(0, 3, 0.9)
    desk.ledger.end(0, True)
    (line,) = desk.past.ends
    assert isinstance(line, TrialLine)
    assert (line.state, line.attempts, line.value) == ("COMPLETED", 2, 0.9)
    assert desk.ledger.is_over


def test_a_search_whose_trials_wait_ends_when_its_nodes_have_cost_enough(tmp_path: Path) -> None:
    """Four members are given to two workers seven times in 28 s, in which the node runs some of them all the time."""
    experiment = Experiment(
        name="waiting",
        space={"learning_rate": {"float": [1e-4, 1e-1], "log": True}},
        epochs=14,
        sampler="random",
        scheduler={"name": "pbt", "population": 4, "interval": 2},
        budget={"cost": {"most": 100, "node_hour": 3600}},
    )
    for name, steps in (("whole", 10_000), ("killed", 25)):
        store = LocalStore(tmp_path / name)
        for most in (steps, 10_000):
            simulation = Simulation(store, experiment, lambda _: [0.5] * 14, workers=2)
            for _ in range(most):
                if not simulation.step():
                    break
        lines = Past.read(store).ends
        reached = str(limit_reached(experiment, lines, Past.read(store).pauses))
        assert reached.startswith("budget.cost: 1"), "a hundred, and what is over of a population"
        assert 100 <= max(line.ended for line in lines) <= 100 + 2 * 28, "those in flight go on to their ends"


def population(folder: Path, small: Small) -> tuple[Desk, TrialRun, TrialRun]:
    """Of two trials; the worse one waits."""
    space = {"learning_rate": {"float": [1e-4, 1e-1], "log": True}}
    desk = Desk(folder, small, trials=2, scheduler=PBT, space=space)
    worse, better = desk.give(), desk.give()
    assert desk.tell(worse, 2, 0.1) == Pause()
    return desk, worse, better


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_is_taken_over_is_there_also_where_the_best_one_came_last(
    tmp_path: Path, small: Small, is_killed: bool
) -> None:
    """Were it to go on at once, it might have come further by then, or another worker might have been given it."""
    desk, worse, better = population(tmp_path, small)
    assert desk.tell(better, 2, 0.9) == Pause()
    if is_killed:
        desk.ledger = desk.begun()
    assert {(job.number, job.attempt, job.known, job.since) for job in (desk.give(), desk.give())} == {
        (0, 2, 2, 2),
        (1, 2, 2, 0),
    }
    assert [(line.trial, line.source) for line in desk.past.releases] == [(0, 1), (1, None)]
    assert (tmp_path / worse.folder / "takeover.npz").read_text() == "1 after 2"


@pytest.mark.parametrize(("waits", "is_killed"), [(True, False), (False, False), (False, True)])
def test_of_one_that_a_user_has_stopped_nobody_takes_over(
    tmp_path: Path, small: Small, waits: bool, is_killed: bool
) -> None:
    desk, worse, better = population(tmp_path, small)
    if waits:
        desk.tell(better, 2, 0.9)
    desk.ledger.wishes.unwanted.add(better.number)
    if not waits:
        assert desk.tell(better, 2, 0.9) == Stop()
    if is_killed:
        desk.ledger = desk.begun()
    job = desk.give()
    assert desk.ends == [(1, "STOPPED", "user", 2)]
    assert (job.number, job.attempt, job.since, job.config) == (0, 2, 0, worse.config)
    assert [(line.trial, line.source) for line in desk.past.releases] == [(0, None)]
    assert desk.begun().propose() == replace(job, attempt=3)
