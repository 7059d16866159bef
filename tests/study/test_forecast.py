"""Minutes that include what follows a search: how long that will take, when the search ends, what there is time for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import ended, epoch, run

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.recommended import nearest_config
from cnnsearch.experiment.sections import Finalists
from cnnsearch.search.ledger.outlook import Outlook
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Int
from cnnsearch.study import Study
from cnnsearch.study.progress.after_search import READING, AfterSearch, report_seconds
from cnnsearch.study.progress.breakdown import Breakdown
from cnnsearch.study.progress.forecast import Forecast
from cnnsearch.study.progress.lengths import Lengths
from cnnsearch.study.progress.pace import Pace, _most_at_once
from cnnsearch.study.progress.patience import expected_trials
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import Startup, Worker
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
ALL: dict[str, Any] = {"budget": {"minutes": 10, "all": True}, "epochs": 4}
REPORT = report_seconds(Experiment(name="all", space={"filters": 8}, **ALL), trials=1)


def forecast_of(experiment: Experiment, *seconds: float, at_once: int = 1) -> Forecast:
    """After trials that completed their four epochs in so many seconds."""
    found = Forecast(experiment)
    for number, each in enumerate(seconds):
        line = ended(number, 0.5 + 0.01 * number, epochs=4, started=100.0, ended=100.0 + each)
        found.end(line, at_once)
    return found


def test_a_training_takes_what_the_best_trials_took(small: Small) -> None:
    found = forecast_of(small(**ALL), 90.0, 10.0, 20.0, 30.0)
    assert found.run_seconds == pytest.approx(1.15 * 20), "the three best, and a margin"
    stopped = ended(9, 0.4, state="STOPPED", epochs=1, started=0.0, ended=6.0)
    alone = Forecast(small(**ALL))
    alone.end(stopped)
    assert alone.run_seconds == pytest.approx(1.15 * 24), (
        "a trial that was stopped would have had four times as many epochs"
    )


def test_before_a_trial_has_ended_those_that_run_tell(small: Small) -> None:
    found = forecast_of(small(**ALL, final="refit"))
    found.tell(ended(0, 0.3, epochs=1, started=100.0, ended=105.0))
    found.tell(ended(0, 0.4, epochs=2, started=100.0, ended=108.0))
    assert found.run_seconds == pytest.approx(1.15 * 16), "four epochs, at the pace of its two"
    found.end(ended(0, 0.5, epochs=3, started=100.0, ended=115.0, end_reason="budget"))
    assert found.run_seconds == pytest.approx(1.15 * 20), "one that the minutes ended had an epoch to come"


def progress(ended: int, running: int = 1, **keys: Any) -> Progress:
    told = {"best_value": None, "best_config": None, "best_trial": None, "of_front": False, "seconds": None}
    counted = {"ended": {"COMPLETED": ended}, "running": dict.fromkeys(range(ended, ended + running), 0)}
    return Progress(**{**told, **counted, "elapsed": 30.0, "trials": 10, **keys})


def test_the_rest_is_told_by_epochs_and_what_is_compiled_once(small: Small) -> None:
    space = {"filters": 8, "learning_rate": {"float": [1e-4, 1e-2]}}
    found = Forecast(small(epochs=4, space=space, scheduler="none"))
    assert found.left(progress(0), 100.0) is None
    for number, (began, seconds, compiling) in enumerate([(0.0, 12.0, 4.0), (12.0, 8.0, 0.0), (20.0, 8.0, 0.0)]):
        keys = {"started": 100.0 + began, "ended": 100.0 + began + seconds, "cost": {"compile_seconds": compiling}}
        found.end(ended(number, 0.5, epochs=4, **keys))
    found.begin(3, 128.0)
    assert found.left(progress(3), 128.0) == pytest.approx(7 * 8), "seven trials, one of which begins, none compiles"
    assert found.left(progress(3), 130.0) == pytest.approx(7 * 8 - 2), "it has run for 2 s"
    assert found.left(progress(3, seconds=50.0), 130.0) == 20, "the minutes end it before"
    found.epochs([epoch(3, number, seconds=seconds) for number, seconds in ((1, 28.0), (2, 20.0), (3, 20.0))])
    whole = 20.0 * 4
    each = (8.0 * 3 + whole) / 4 / 4
    assert found.left(progress(3), 180.0) == pytest.approx(20 + 6 * 4 * each), "it is slow, as others may be"
    assert found.left(progress(10, 0, refitting=False), 130.0) == 4, "a program is compiled to read the test split"


def test_the_first_end_is_told_at_once(small: Small) -> None:
    """Just before it the minutes alone told when the search ends."""
    told: list[float | None] = []
    experiment = small(epochs=4, budget={"trials": 4, "minutes": 10})
    outlook = Outlook(experiment, lambda each: told.append(each.left), SimpleNamespace(now=lambda: 100.0), 0.0)
    outlook.tell({0: 0}, 4, 0, 0)
    outlook.end(ended(0, 0.5, epochs=4, started=92.0, ended=100.0), 1)
    outlook.forecast.begin(1, 100.0)
    outlook.tell({1: 0}, 4, 0, 0)
    assert told == [600, pytest.approx(24)]


def test_trials_that_still_run_are_not_forgotten(small: Small) -> None:
    """Of two workers one does the short trials: by those that ended alone all would be short."""
    found = Forecast(small(epochs=4, scheduler="none", space={"filters": {"choice": [4, 8]}}))
    found.begin(0, 100.0)
    for number in range(1, 5):
        found.begin(number, 100.0 + 2 * number)
        found.end(ended(number, 0.5, epochs=4, started=100.0 + 2 * number, ended=102.0 + 2 * number))
    told = found.left(replace(progress(4), running={0: 0}), 110.0)
    # It has run for 8 s since workers were there, and is expected to run for half as long again.
    mean = (4 * 2 + 12) / 5
    assert told == pytest.approx((4 + 5 * mean) / 2 + mean / 4), "two at once; at the end one waits for the other"


@pytest.mark.parametrize("structures", [1e9, 1e17, 1e300, math.inf])
def test_of_very_many_structures_each_trial_compiles(small: Small, structures: float) -> None:
    found = Pace(small(epochs=4, scheduler="none"))
    found.programs.__dict__["_structures"] = structures
    found.end(ended(0, 0.5, epochs=4, started=100.0, ended=112.0, cost={"compile_seconds": 4.0}))
    assert found.left(6, (), 112.0) == pytest.approx(6 * 12)


def test_structures_may_be_more_than_a_float_counts(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = {"filters": {"int": [1, 64]}, "kernel_size": {"int": [1, 5]}}
    found = Pace(small(epochs=4, scheduler="none", space=searched))
    monkeypatch.setattr(Int, "size", 10**200)
    found.end(ended(0, 0.5, epochs=4, started=100.0, ended=112.0, cost={"compile_seconds": 4.0}))
    assert found.left(6, (), 112.0) == pytest.approx(6 * 12)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_the_most_at_once_are_counted_where_one_begins(spans: list[tuple[int, int]]) -> None:
    expected = max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)
    assert _most_at_once(spans) == expected


def test_a_search_that_its_patience_has_ended_is_over(small: Small) -> None:
    """A watcher is told of no refit: what follows goes by from the last end on."""
    keys: dict[str, Any] = {"stop": {"patience_trials": 2}, "final": "refit", "budget": {"trials": 10}}
    found = Forecast(small(epochs=4, scheduler="none", **keys))
    for number in range(3):
        began = 100.0 + 8 * number
        found.end(ended(number, 0.9 - 0.1 * number, epochs=4, started=began, ended=began + 8))
    told = [found.left(progress(3, 0), 124.0 + seconds) for seconds in (0, 5)]
    assert told == pytest.approx([8 * 0.8 / 0.6 + READING, 8 * 0.8 / 0.6 + READING - 5])
    assert found.left(progress(3, 1), 124.0) is not None, "one that was in flight goes on to its end"


def test_how_many_trials_there_will_be_until_nothing_better_comes() -> None:
    assert expected_trials(ended=5, since=3, patience=3, most=10) == 0
    assert expected_trials(ended=1000, since=0, patience=4, most=100) == pytest.approx(4, abs=0.05)
    assert expected_trials(ended=5, since=2, patience=3, most=1) == 1
    # Two to come: the first one ends it with a chance of 5/6.
    assert expected_trials(ended=5, since=2, patience=3, most=2) == pytest.approx(1 + 1 / 6)


def test_lengths_of_trials() -> None:
    plain = Lengths(4, {}, [4, 4], [])
    assert (plain.expected(0), plain.expected(3), plain.expected(4)) == (4, 4, 4)
    halved = Lengths(4, {2: 0.5}, [], [])
    assert (halved.expected(0), halved.expected(2)) == (3, 4), "who is past the rung has come through it"
    stopped = Lengths(4, {}, [2, 4], [3])
    assert stopped.expected(0) == pytest.approx(2 + 2 * 2 / 3), "one of three ended there"


def test_the_rest_after_the_search_goes_by(small: Small) -> None:
    found = forecast_of(small(epochs=4, final="refit", budget={"trials": 1}), 12.0)
    refit = 12 * 0.8 / 0.6 + 2
    assert found.left(progress(1, 0, trials=1, refitting=True), 112.0) == pytest.approx(refit)
    assert found.left(progress(1, 0, trials=1, refitting=True), 120.0) == pytest.approx(refit - 8)
    assert found.left(progress(1, 0, trials=1), 190.0) == 0.5, "it is late"


def test_how_late_all_will_end(small: Small) -> None:
    given: dict[str, Any] = {"epochs": 4, "final": "refit"}
    of_all = forecast_of(small(**given, budget={"minutes": 1, "all": True}), 12.0)
    now = progress(1, 0, refitting=True, seconds=60.0)
    assert of_all.late(now, 33.0) == pytest.approx(3.0 + of_all.report), "the report is of these minutes too"
    assert of_all.late(now, 10.0) == 0.0
    assert of_all.late(now, None) == 0.0
    of_search = forecast_of(small(**given, budget={"minutes": 1}), 12.0)
    assert of_search.late(now, 33.0) == 0.0, "the minutes are over, as they ought to be"


def test_the_rest_is_told_with_what_follows(small: Small) -> None:
    space = {"filters": 8, "learning_rate": {"float": [1e-4, 1e-2]}}
    found = Forecast(small(epochs=4, space=space, scheduler="none", finalists={"top": 2, "seeds": 3}))
    for number in range(2):
        began = 100.0 + 8 * number
        found.end(ended(number, 0.5, epochs=4, started=began, ended=began + 8))
    found.begin(2, 116.0)
    assert found.left(progress(2), 116.0) == pytest.approx(8 * 8 + 6 * 8 + 2)
    assert found.left(progress(10, 0, finalists=(4, 6)), 116.0) == pytest.approx(2 * 8 + 2)
    found.follow(126.0, run(0, 0, started=116.0, ended=126.0))
    assert found.left(progress(10, 0, finalists=(5, 6)), 126.0) == pytest.approx(10 + 2), "as the runs before took"


def test_a_trial_that_was_stopped_compiled_once(small: Small) -> None:
    found = Forecast(small(**ALL))
    keys = {"started": 100.0, "ended": 106.0, "cost": {"wall_seconds": 5.5, "compute_seconds": 2.0}}
    keys["cost"] |= {"compile_seconds": 2.0, "features_seconds": 1.0}
    found.end(ended(0, 0.4, state="STOPPED", epochs=1, **keys))
    assert found.run_seconds == pytest.approx(1.15 * (5.5 + 3 * 2.0)), "three epochs more, and nothing else"


def test_what_follows_a_search_of_two_workers(small: Small) -> None:
    """Of each finalist one of them has the program."""
    keys = {"space": {"filters": {"int": [1, 10]}}, "scheduler": "none", "final": "refit", "epochs": 4}
    experiment = small(**keys, finalists={"top": 2, "seeds": 2})
    found = Forecast(experiment)
    for number, startup in enumerate([Startup(set_up=100.0), Startup(), Startup()]):
        cost = {"wall_seconds": 8.0, "compile_seconds": 4.0}
        began = 100.0 + 9.0 * (number // 2)
        at = {"started": began, "ended": began + 9.0}
        found.end(ended(number, 0.5, epochs=4, cost=cost, worker=Worker(startup=startup), **at), at_once=2)
    missing, leaving = 1 - 3 / 20, 1.0
    after = 4.0 * 0.8 / 0.6 + leaving + 4.0 + leaving
    left = found.left(progress(3, 0, trials=3, finalists=(0, 4)), 118.0)
    assert left == pytest.approx(2 * (4 + leaving) + 2 * missing * 4.0 / 2 + after)
    for number in range(2):
        line = run(number, 0, started=118.0, ended=121.0 + 4.0 * number, cost={"compile_seconds": 4.0 * number})
        found.follow(line.ended, line)
    left = found.left(progress(3, 0, trials=3, finalists=(2, 4)), 125.0)
    assert left == pytest.approx(3.0 + missing * 4.0 / 2 + after), "one has compiled it; the runs take 3 s without"


def test_runs_in_flight_began_when_their_workers_were_free(small: Small) -> None:
    """Of two workers one is half through a run when the other one ends."""
    found = Forecast(small(scheduler="none", epochs=4, finalists={"top": 2, "seeds": 3}, space={"filters": 8}))
    for number in range(2):
        found.end(ended(number, 0.5, epochs=4, started=100.0, ended=108.0), at_once=2)
    runs = [(1, 0, 108.0, 118.0), (2, 0, 108.0, 113.0), (2, 1, 113.0, 123.0)]
    for pid, number, began, end in runs:
        found.follow(end, run(0, number, started=began, ended=end, worker=Worker(node="a", pid=pid)))
    each = (10 + 5 + 10) / 3
    # Three are left: one is 5 s old, another one begins, and the third one follows where the first one ends.
    left = found.left(progress(2, 0, trials=2, finalists=(3, 6)), 123.0)
    assert left == pytest.approx(2 * each - 5 + READING)


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        ({}, 0.5),  # one of the two workers had the winner's program as a trial
        ({"finalists": {"top": 1, "seeds": 2}}, 0.0),  # both had it
        ({"preprocessing": {"scaling": "standardize"}}, 1.0),  # by other pictures
        ({"task": "regression", "dataset": {"source": "npz", "path": "numbers.npz"}}, 1.0),
        ({"preprocessing": {"scaling": "standardize"}, "evaluation": {"folds": 3}}, 0.5),  # by the same ones
    ],
)
def test_a_refit_compiles_where_its_program_is_another_one(small: Small, keys: dict[str, Any], made: float) -> None:
    found = AfterSearch(small(**{"space": {"filters": 8}, "final": "refit", "epochs": 4, **keys}))
    pace = Pace(small(epochs=4, space={"filters": 8, "dropout": {"float": [0.0, 0.5]}}))
    pace.programs.missing = lambda _: 1.0  # type: ignore[method-assign]
    pace.programs.end(Breakdown(4, 1.0, compiling=2.0, programs=3.0, rest=0.0))
    assert found._refit(0.0, 2, pace) == pytest.approx(3.0 * made)


def test_what_the_first_of_a_process_does_once_no_finalist_does(small: Small) -> None:
    found = Forecast(small(scheduler="none", epochs=4, finalists={"top": 1, "seeds": 2}, space={"filters": 8}))
    startup = Worker(startup=Startup(set_up=101.0))
    found.begin(0, 100.0)
    found.epochs([epoch(0, number, seconds=seconds) for number, seconds in enumerate((1.5, 0.5, 0.5, 0.5), 1)])
    cost = {"wall_seconds": 9.0, "compile_seconds": 2.0}
    found.end(ended(0, 0.5, epochs=4, cost=cost, started=100.0, ended=112.0, worker=startup))
    assert found.left(progress(1, 0, trials=1), 112.0) == pytest.approx(2 * 4 * 0.5 + 2.0), "two runs, and the reading"
    assert found.run_seconds == pytest.approx(1.15 * 9.0), "it was the first one here"


def test_the_test_split_goes_through_frozen_layers_too(small: Small) -> None:
    found = Forecast(small(epochs=4, scheduler="none", final="refit", budget={"trials": 2}))
    for number, cost in enumerate([{"features_seconds": 6.0}, {"features_seconds": 0.1, "saved_seconds": 8.0}]):
        found.end(ended(number, 0.5, epochs=4, started=100.0, ended=112.0, cost=cost))
    assert found.left(progress(2, 0, trials=2, refitting=False), 112.0) == READING + 6


def test_what_follows(small: Small) -> None:
    asked = Finalists(top=2, seeds=3)
    assert forecast_of(small(**ALL, finalists={"top": 2, "seeds": 3}), 20.0).seconds(asked, 0) == pytest.approx(
        6 * 23 + 2
    )
    at_once = forecast_of(small(**ALL, finalists={"top": 2, "seeds": 3}), 20.0, at_once=4)
    assert at_once.seconds(asked, 0) == pytest.approx(2 * 23 + 2), "four of them, then two"
    refit = forecast_of(small(**ALL, final="refit"), 20.0)
    assert refit.seconds(None, 1) == pytest.approx(23 * 0.8 / 0.6 + 2), "on training and validation pictures"
    assert forecast_of(small(**ALL), 20.0).seconds(None, 0) == 0, "nothing follows"


def test_half_of_the_minutes_are_the_searchs_in_any_case(small: Small) -> None:
    finalists = {"top": 3, "seeds": 5}
    assert forecast_of(small(**ALL, finalists=finalists)).reserve(600.0) == 0, "nothing is known yet"
    assert forecast_of(small(**ALL, finalists=finalists), 10.0).reserve(600.0) == pytest.approx(15 * 11.5 + 2)
    assert forecast_of(small(**ALL, finalists=finalists), 100.0).reserve(600.0) == pytest.approx(300 - REPORT / 2)
    plain = small(budget={"minutes": 10}, finalists=finalists)
    assert forecast_of(plain, 10.0).reserve(600.0) == 0, "as ever, the minutes are the search's"


def test_a_search_leaves_its_trials_in_flight_the_time_to_report(small: Small) -> None:
    """The refit of a small network takes less than two epochs of the large ones that run when the search is to end."""
    found = forecast_of(small(**ALL, final="refit"), 4.0)
    following = 4.6 * 0.8 / 0.6 + 2
    assert found.reserve(600.0) == pytest.approx(following)
    found.begin(1, 104.0)
    found.epochs([epoch(1, number, seconds=7.0) for number in (1, 2, 3)])
    assert found.reserve(600.0) == pytest.approx(following + 7), "it ends after one more"
    found.begin(2, 104.0)
    found.epochs([epoch(2, number, seconds=5.0) for number in (1, 2)])
    assert found.reserve(600.0) == pytest.approx(following + 4 + 5), "as long as it trains unasked, and an epoch"
    assert forecast_of(small(**ALL), 4.0).reserve(600.0) == 0, "nothing follows"


@pytest.mark.parametrize(
    ("seconds", "left", "refits", "reserve"),
    [
        (100.0, 600.0, True, 115 * 0.8 / 0.6 + 2),
        (100.0, 140.0, True, 115 * 0.8 / 0.6 + 2),  # somewhat late
        (100.0, 124.0, False, 0.0),  # it would end eleven seconds after the minutes
        (100.0, 100.0, False, 0.0),
        (4.0, 3.0, True, 4.6 * 0.8 / 0.6 + 2),  # a trial that had just begun ended late: it will end four seconds late
        (4.0, 1.0, False, 0.0),
        (194.0, 600.0, True, 223.1 * 0.8 / 0.6 + 2),
        (240.0, 600.0, True, 360.0 - REPORT),  # one trial of 240 s and its refit of 320 s: nothing else has time
        (260.0, 600.0, False, 0.0),  # they would take 607 s
    ],
)
def test_a_refit_beside_which_no_trial_has_time_is_left_out(
    small: Small, seconds: float, left: float, refits: bool, reserve: float
) -> None:
    found = forecast_of(small(**ALL, final="refit"), seconds)
    assert found.networks(left) == int(refits)
    assert found.reserve(left) == pytest.approx(reserve)
    assert not forecast_of(small(**ALL), seconds).networks(left), "nobody asks for one"
    assert forecast_of(small(budget={"minutes": 10}, final="refit"), seconds).networks(left), "it comes on top"


@pytest.mark.parametrize(
    ("seconds", "left", "at_once", "networks"),
    [
        (20.0, 600.0, 1, 5),  # each of 31 s
        (50.0, 600.0, 1, 3),  # each of 77 s: no more than half of the minutes
        (50.0, 600.0, 2, 5),  # two at once
        (20.0, 50.0, 1, 2),
        (194.0, 600.0, 1, 1),  # one may take more than that half
        (260.0, 600.0, 1, 0),
    ],
)
def test_of_several_networks_as_many_are_trained_again_as_there_is_time_for(
    small: Small, seconds: float, left: float, at_once: int, networks: int
) -> None:
    found = forecast_of(small(**ALL, final="refit", ensemble=5), seconds, at_once=at_once)
    assert found.networks(left) == networks
    if networks > 1:
        each = 1.15 * seconds * 0.8 / 0.6
        assert found.reserve(left) == pytest.approx(-(-networks // at_once) * each + 4)


def test_a_refit_takes_what_the_winner_took(small: Small) -> None:
    found = forecast_of(small(**ALL, final="refit"), 10.0, 20.0, 60.0)
    assert found.run_seconds == pytest.approx(1.15 * 30)
    assert found.seconds(None, 1) == pytest.approx(1.15 * 60 * 0.8 / 0.6 + 2)


def test_a_refit_of_what_patience_ended_takes_all_epochs_where_there_is_time(small: Small) -> None:
    found = Forecast(small(**ALL, final="refit"))
    found.end(ended(0, 0.5, epochs=2, started=100.0, ended=120.0, end_reason="patience"))
    assert found.run_seconds == pytest.approx(1.15 * 20), "a finalist may end by its patience too"
    lasting, whole = (1.15 * each * 0.8 / 0.6 + READING for each in (20, 40))
    assert (found.seconds(None, 1), found.seconds(None, 1, whole=True)) == pytest.approx((lasting, whole))
    assert [found.reserve(left) for left in (600, 0.8 * whole, 0.6 * whole)] == pytest.approx([whole, whole, lasting])
    assert [found.has_time_for_all_epochs(None, 1, left) for left in (600, 0.6 * whole)] == [True, False]
    found.end(ended(1, 0.6, epochs=4, started=100.0, ended=140.0))
    assert found.has_time_for_all_epochs(None, 1, 0.0), "the winner has had them all"


def test_a_refit_is_longer_where_there_is_time(small: Small) -> None:
    found = forecast_of(small(**ALL, final="refit", refit_times=4), 40.0)
    once, twice, thrice, four = (1.15 * 40 * times * 0.8 / 0.6 + READING for times in (1, 2, 3, 4))
    assert thrice < four < 300 < 600, "half of the minutes"
    assert [found.refit_times(None, 1, left) for left in (600, thrice, twice, once)] == [4, 3, 2, 1]
    assert [found.reserve(left) for left in (600, thrice, once)] == pytest.approx([four, thrice, once])
    slow = forecast_of(small(**ALL, final="refit", refit_times=4), 90.0)
    assert slow.reserve(600) == pytest.approx(1.15 * 90 * 2 * 0.8 / 0.6 + READING), "the search has the other half"
    on_top = forecast_of(small(budget={"minutes": 10}, final="refit", refit_times=4), 90.0)
    assert on_top.refit_times(None, 1, 0.0) == 4


@pytest.mark.parametrize(("never_stopped", "epochs"), [("recommended", 9), ("none", 0)])
def test_what_follows_waits_for_the_recommended_config(tmp_path: Path, never_stopped: str, epochs: int) -> None:
    """It takes 90 of 120 s, and the finalists would have the last 60. No trial reports before its end."""
    given: dict[str, Any] = {
        "space": {"dropout": {"float": [0.0, 0.5]}},
        "epochs": 9,
        "sampler": "random",
        "scheduler": "none",
        "budget": {"minutes": 2, "all": True},
        "finalists": {"top": 3, "seeds": 5},
        "final": "refit",
        "never_stopped": never_stopped,
    }
    experiment = Experiment(name="slow", **given)
    slow = nearest_config(experiment, {})
    simulation = Simulation(
        LocalStore(tmp_path),
        experiment,
        lambda _: [0.1 * epoch for epoch in range(9)],
        workers=2,
        seconds=lambda config: 10.0 if config == slow else 1.0,
    )
    simulation.run()
    study = Study.load(tmp_path)
    trained = sum(line.trial == 0 for line in study.epochs)
    assert study.origins[0] == "recommended"
    assert trained == epochs
    assert max(line.ended for line in study.records) < 122


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (1000.0, (3, 5)),
        (15 * 11.5 + 2, (3, 5)),
        (15 * 11.5, (3, 4)),
        (70.0, (2, 2)),
        (30.0, (1, 2)),
        (20.0, None),
        (-5.0, None),
    ],
)
def test_there_are_as_many_finalists_as_there_is_time_for(
    small: Small, left: float, expected: tuple[int, int] | None
) -> None:
    found = forecast_of(small(**ALL, finalists={"top": 3, "seeds": 5}), 10.0).fitting(left)
    assert (None if found is None else (found.top, found.seeds)) == expected


@pytest.mark.parametrize(("minutes", "trials", "seconds"), [(10, 0, 5), (10, 3000, 17), (10, 10**6, 60), (0.1, 9, 0.6)])
def test_the_report_has_a_share_of_the_minutes_of_all(
    small: Small, minutes: float, trials: int, seconds: float
) -> None:
    assert report_seconds(small(budget={"minutes": minutes, "all": True}), trials) == pytest.approx(seconds)
    assert report_seconds(small(budget={"minutes": minutes}), trials) == 0, "it comes on top"


def test_a_search_of_many_trials_leaves_time_for_their_report(small: Small) -> None:
    """What follows begins with so much left beside it, and is told to end then."""
    found = forecast_of(small(**ALL, final="refit"), *[0.1] * 500)
    assert found.report == pytest.approx(7)
    assert found.left(progress(500, trials=None, seconds=600.0), 130.0) == pytest.approx(600 - 30 - 7)
    outlook = Outlook(small(**ALL), lambda _: None, SimpleNamespace(now=lambda: 100.0), 0.0)
    assert outlook.seconds_left == 595
    for number in range(500):
        outlook.end(ended(number, 0.5, epochs=4, started=99.0, ended=100.0), 1)
    assert outlook.seconds_left == 593


def test_a_search_ends_early_enough(tmp_path: Path) -> None:
    """Trials of 4 s with one worker: two finalists on two seeds and a refit take 4 x 4.6 + 4.6 / 0.75 + 2 s."""
    given: dict[str, Any] = {
        "name": "timed",
        "space": {"dropout": {"float": [0.0, 0.5]}},
        "epochs": 4,
        "sampler": "random",
        "scheduler": "none",
        "finalists": {"top": 2, "seeds": 2},
        "final": "refit",
    }
    ends = {}
    for name, budget in {"all": {"minutes": 2, "all": True}, "search": {"minutes": 2}}.items():
        store = LocalStore(tmp_path / name)
        Simulation(store, Experiment(**given, budget=budget), lambda _: [0.1, 0.2, 0.3, 0.4]).run()
        ends[name] = max(line.ended for line in Study.load(tmp_path / name).records)
    assert ends["search"] == pytest.approx(120, abs=4)
    reserve = 4 * 4.6 + 4.6 * 0.8 / 0.6 + 2
    report = report_seconds(Experiment(**given, budget={"minutes": 2, "all": True}), trials=25)
    assert ends["all"] == pytest.approx(120 - report - reserve, abs=4)


def test_an_ensemble_is_the_folds_of_the_winner_once_more_or_what_is_there(small: Small) -> None:
    there = forecast_of(small(**{**ALL, "final": "ensemble", "finalists": {"top": 2, "seeds": 2}}), 20.0)
    assert there.seconds(None, 1) == pytest.approx(2), "models of finalists are there"
    folds = forecast_of(small(**ALL, final="ensemble", evaluation={"folds": 5}), 20.0)
    assert folds.seconds(None, 1) == pytest.approx(23 + 2)


def test_finalists_train_a_partition_and_a_refit_one_network(small: Small) -> None:
    """With folds a trial trains each partition of them."""
    experiment = small(**ALL, evaluation={"folds": 5, "repeats": 2}, finalists={"top": 2, "seeds": 3})
    found = Forecast(experiment)
    found.end(ended(0, 0.5, epochs=4, started=100.0, ended=120.0, folds=(0.5,) * 10))
    assert found.run_seconds == pytest.approx(1.15 * 10), "one of the trial's two partitions"
    refit = 11.5 / 4
    assert found.seconds(None, 1) == pytest.approx(refit + 2), "on five fifths, where five trained on four each"
    assert found.seconds(Finalists(top=2, seeds=3), 1) == pytest.approx(6 * 11.5 + refit + 2)
