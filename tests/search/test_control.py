"""What users ask of a running search: done or refused, recorded, and the same after a kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.control import Control
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.search.samplers import Outcome, Untried
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import Extend, Queue, Request, Stop, StopTrial, Wish, put, unanswered, waiting
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
SPACE = {"filters": {"choice": [4, 8, 16]}, "dropout": {"float": [0.0, 0.5]}, "units": 16}
MINE: Config = {"filters": 16, "dropout": 0.251, "units": 16}
OTHER: Config = {"filters": 4, "dropout": 0.125, "units": 16}
OPTIONS: dict[str, dict[str, Any]] = {"tpe": {"startup_trials": 3}, "grid": {"points": 3}}

ASHA = {"name": "asha", "grace_epochs": 1, "reduction": 2}


def curve(config: Config) -> list[float]:
    top = float(np.random.default_rng(list(config_key(config).encode())).random())
    return [top * share for share in (0.5, 0.75, 0.9, 1.0)]


class Sweep:
    """A simulated sweep of which users ask things; each of its drivers begins where the record ends."""

    def __init__(self, folder: Path, small: Small, workers: int = 2, **keys: Any) -> None:
        self.store = LocalStore(folder)
        self.workers = workers
        defaults: dict[str, Any] = {"space": SPACE, "epochs": 4, "budget": {"trials": 8}}
        defaults |= {"sampler": {"name": "tpe", "startup_trials": 3}}
        self.experiment = small(**{**defaults, **keys})
        self.start()

    def start(self) -> None:
        """Another driver."""
        self.simulation = Simulation(self.store, self.experiment, curve, self.workers)
        self.control = Control(self.ledger, self.store, Clock.started(), unanswered(self.store))
        self.control.begin()

    @property
    def ledger(self) -> Ledger:
        return self.simulation.search

    def ask(self, *wishes: Wish) -> list[str | None]:
        """Why each is refused."""
        requests = [Request.of(wish, number) for number, wish in enumerate(wishes)]
        for request in requests:
            put(self.store, request)
        self.control.answer(waiting(self.store))
        assert waiting(self.store) == []
        answers = {line.request: line for line in Past.read(self.store).requests}
        return [answers[request.id].refused for request in requests]

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.simulation.step()

    @property
    def past(self) -> Past:
        return Past.read(self.store)


@pytest.fixture
def sweep(tmp_path: Path, small: Small) -> Callable[..., Sweep]:
    return lambda **keys: Sweep(tmp_path, small, **keys)


def test_what_is_asked_while_a_driver_prepares_is_asked_of_it_and_not_of_an_earlier_one(
    sweep: Callable[..., Sweep],
) -> None:
    """Whatever the clocks of those say who ask: they may sit at other machines."""
    made, hour = sweep(), 3600.0
    for is_stopped, skew in ((True, -hour), (True, hour), (False, -hour), (False, hour)):
        request = Request.of(Stop())
        put(made.store, replace(request, asked=request.asked + skew))
        earlier = frozenset() if is_stopped else unanswered(made.store)
        control = Control(made.ledger, made.store, Clock.started(), earlier)
        control.begin()
        assert control.is_stop_asked is is_stopped
        assert waiting(made.store) == []


def test_queued_configs_run_next_in_their_order_and_are_no_proposals_of_the_sampler(
    sweep: Callable[..., Sweep],
) -> None:
    made = sweep()
    made.steps(3)
    before = len(made.past.proposals)
    assert made.ask(Queue(MINE), Queue(OTHER)) == [None, None]
    made.simulation.run()
    lines = made.past.proposals
    assert [line.config for line in lines[before : before + 2]] == [MINE, OTHER]
    first, second = made.past.requests
    assert [line.origin for line in lines if line.origin] == [f"queue:{first.request}", f"queue:{second.request}"]
    assert len(lines) == len(made.past.ends) == 8, "they are trials of the budget"
    replayed = list(replay(Study.load(made.store)))
    assert [each.trial for each in replayed] == [number for number in range(8) if number not in (before, before + 1)]
    assert all(each.agrees for each in replayed)
    study = Study.load(made.store)
    assert study.asked == [
        f"asked from {first.host}: a config to run next; queued: trial {before}",
        f"asked from {first.host}: a config to run next; queued: trial {before + 1}",
    ]


@pytest.mark.parametrize("sampler", ["random", "grid", "tpe"])
def test_a_driver_that_dies_at_any_moment_changes_nothing(tmp_path: Path, small: Small, sampler: str) -> None:
    records = []
    for name, kill in (("whole", False), ("killed", True)):
        (tmp_path / name).mkdir()
        options: dict[str, Any] = {"name": sampler, **OPTIONS.get(sampler, {})}
        made = Sweep(tmp_path / name, small, sampler=options, scheduler=ASHA)
        for step in range(40):
            if kill and step in (1, 3, 6):
                made.start()
            if step == 1:
                assert made.ask(Queue(MINE), Queue(OTHER), StopTrial(1)) == [None] * 3
            made.steps(1)
        past = made.past
        records.append([(line.config, line.origin is None) for line in past.proposals])
        stopped = {line.trial for line in past.ends if line.end_reason == "user"}
        assert stopped == {1}
        assert all(each.agrees for each in replay(Study.load(made.store)))
    if sampler != "tpe":  # which is told results in another order: trials in flight go on from where they reported
        assert records[0] == records[1]
    assert [own for _, own in records[0]] == [own for _, own in records[1]]


def test_a_trial_that_the_user_stops_ends_at_its_next_report_as_one_of_the_scheduler(
    sweep: Callable[..., Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: dict[int, Outcome] = {}
    tell = Untried.tell
    monkeypatch.setattr(
        Untried, "tell", lambda self, trial, outcome: heard.update({trial: outcome}) or tell(self, trial, outcome)
    )
    made = sweep(scheduler={**ASHA, "audit": 1.0}, budget={"trials": 3})
    made.steps(1)
    (trial, *_) = made.simulation.running
    assert made.ask(StopTrial(trial), StopTrial(7)) == [
        None,
        "there is no such trial: 2 have been proposed, counted from 0",
    ]
    told = sum(line.trial == trial for line in made.past.epochs)
    made.simulation.run()
    (line,) = [line for line in made.past.ends if line.trial == trial]
    assert (line.state, line.end_reason, line.audited) == ("STOPPED", "user", None)
    assert told < line.epochs < 4
    assert heard[trial].state == "STOPPED"
    assert len(heard[trial].curve) == line.epochs
    assert made.ask(StopTrial(trial)) == ["it does not run any more"]


def test_a_stop_that_the_driver_did_not_live_to_carry_out_is_carried_out_by_the_next(
    sweep: Callable[..., Sweep],
) -> None:
    made = sweep(scheduler=ASHA, budget={"trials": 2})
    made.steps(1)
    (trial, *_) = made.simulation.running
    made.ask(StopTrial(trial))
    made.start()
    made.simulation.run()
    assert {line.trial: line.end_reason for line in made.past.ends}[trial] == "user"


def test_the_budget_is_extended_while_it_runs(sweep: Callable[..., Sweep]) -> None:
    made = sweep(budget={"trials": 3})
    made.steps(2)
    assert made.ask(Extend(2), Extend(6)) == ["the budget has 3 trials already", None]
    follower = Follower(Study.load(made.store))
    made.simulation.run()
    assert len(made.past.ends) == 6
    assert Study.load(made.store).experiment.budget.trials == 6
    assert follower.read().trials == 6
    assert made.ask(Extend(9), Queue(MINE)) == [
        "the search is over",
        "all 6 trials of the budget are proposed or queued; extend it first",
    ]


@pytest.mark.parametrize("workers", [2, 4])
def test_more_trials_than_there_are_configs_are_told_as_such(sweep: Callable[..., Sweep], workers: int) -> None:
    space = {"filters": {"choice": [4, 8, 16]}}
    made = sweep(space=space, sampler="grid", scheduler=ASHA, budget={"trials": 9}, workers=workers)
    made.steps(1)
    assert made.simulation.running
    assert (made.ledger.exhausted is None) == (workers == 2), "of four, one asked in vain"
    assert made.ask(Extend(20)) == [None]
    assert (
        Follower(Study.load(made.store))
        .read()
        .answers[-1]
        .endswith("20 trials in all; the budget has them, but the search has no more than 3 configs")
    )


def test_a_budget_without_trials_cannot_be_extended(sweep: Callable[..., Sweep]) -> None:
    made = sweep(budget={"minutes": 1})
    assert made.ask(Extend(6)) == ["the budget has no number of trials"]


def test_what_cannot_be_queued_is_refused_with_its_reason(sweep: Callable[..., Sweep]) -> None:
    made = sweep(budget={"trials": 4})
    made.steps(1)
    tried = dict(made.past.proposals[0].config)
    assert made.ask(Queue({**MINE, "filters": 5}), Queue(tried), Queue(MINE), Queue(MINE), Queue(OTHER)) == [
        "it is no config of the space: filters: must be a value of {'choice': [4, 8, 16]} (got 5)",
        "a trial has run this config, or runs it",
        None,
        "this config is queued already",
        None,
    ]
    third = {**MINE, "dropout": 0.01}
    assert made.ask(Queue(third)) == ["all 4 trials of the budget are proposed or queued; extend it first"]
    assert made.ask(Extend(5), Queue(third)) == [None, None]
    assert Follower(Study.load(made.store)).read().queued == 3
    assert [text.partition("; ")[2] for text in Follower(Study.load(made.store)).read().answers][-2:] == [
        "the budget has them",
        "queued",
    ]


def test_nothing_is_taken_that_a_limit_of_the_search_leaves_no_room_for(sweep: Callable[..., Sweep]) -> None:
    """Trials in flight go on to their ends, and no other one is proposed."""
    made = sweep(stop={"target": 0.0}, scheduler="none")
    made.steps(1)
    assert made.simulation.running
    assert made.ask(Queue(MINE), Extend(20)) == ["the search is over", "the search is over"]


def test_a_stop_is_passed_on_and_of_an_earlier_driver_refused(sweep: Callable[..., Sweep]) -> None:
    made = sweep()
    assert made.ask(Stop()) == [None]
    assert made.control.is_stop_asked
    for wish in (Stop(), StopTrial(0), Extend(100), Queue(MINE)):
        put(made.store, Request.of(wish))
    made.start()
    assert not made.control.is_stop_asked
    ended = "the sweep that it was asked of had ended"
    assert [line.refused for line in made.past.requests[1:]] == [ended, ended, ended, None]
    assert made.ledger.wishes.queued == {made.past.requests[-1].request: MINE}


def test_what_comes_too_late_is_refused_and_configs_wait_for_the_next_session(sweep: Callable[..., Sweep]) -> None:
    made = sweep()
    for wish in (StopTrial(0), Queue(MINE)):
        put(made.store, Request.of(wish))
    made.control.end()
    assert [line.refused for line in made.past.requests] == ["the sweep that it was asked of had ended"]
    assert [request.wish for request in waiting(made.store)] == [Queue(MINE)]
    made.start()
    made.steps(1)
    assert made.past.proposals[0].config == MINE


def test_an_answer_that_was_recorded_and_not_cleared_away_is_not_given_twice(sweep: Callable[..., Sweep]) -> None:
    made = sweep()
    request = Request.of(Queue(MINE))
    put(made.store, request)
    made.control.answer([request])
    put(made.store, request)  # as if the driver had died before it removed the file
    made.start()
    assert len(made.past.requests) == 1
    assert waiting(made.store) == []
    assert list(made.ledger.wishes.queued.values()) == [MINE]


def test_a_config_that_is_none_of_the_space_any_more_is_told_and_left_out(sweep: Callable[..., Sweep]) -> None:
    made = sweep()
    made.ask(Queue(MINE))
    made.experiment = made.experiment.updated({"space.filters": {"choice": [4, 8]}})
    made.start()
    (line,) = made.past.requests
    assert line.refused == "it is no config of the space: filters: must be a value of {'choice': [4, 8]} (got 16)"
    assert made.ledger.wishes.queued == {}


def test_a_queued_config_runs_where_the_sampler_has_no_more(sweep: Callable[..., Sweep]) -> None:
    space = {"filters": {"choice": [4, 8]}, "dropout": {"float": [0.0, 0.5]}, "units": 16}
    made = sweep(space=space, sampler={"name": "grid", "points": 2}, scheduler=ASHA, budget={"trials": 9})
    while made.simulation.step() and len(made.past.ends) < 3:
        pass
    assert len(made.past.proposals) == 4
    assert made.ask(Queue({"filters": 4, "dropout": 0.125, "units": 16})) == [None]
    made.simulation.run()
    assert made.past.ends[-1].config == {"filters": 4, "dropout": 0.125, "units": 16}
    assert len(made.past.ends) == 5
