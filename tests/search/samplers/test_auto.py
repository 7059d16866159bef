"""auto: what it chooses stands in the experiment, and so in the record."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.search.samplers import chosen_in_words, never_learns

SPACE = {"filters": {"choice": [4, 8]}, "dropout": {"float": [0.0, 0.5]}}


def experiment(**keys: Any) -> Experiment:
    return Experiment(name="chosen", space=SPACE, **keys)


@pytest.mark.parametrize(
    ("budget", "chosen", "startup"),
    [
        ({"trials": 10}, "random", 10),
        ({"trials": 11}, "bohb", 10),
        ({"trials": 40}, "bohb", 13),
        ({"trials": 1000}, "bohb", 20),
        ({"minutes": 5}, "bohb", 20),
    ],
)
def test_it_is_the_default_and_chooses_by_the_budget(budget: dict[str, Any], chosen: str, startup: int) -> None:
    assert experiment(budget=budget).sampler == {
        "name": "auto",
        "chosen": chosen,
        "startup_trials": startup,
        "local": 0.4,
        "prior": None,
    }


def test_what_it_chose_stays_when_the_study_goes_on_with_more_trials() -> None:
    few = experiment(budget={"trials": 10})
    assert few.updated({"budget.trials": 500}).sampler == few.sampler
    assert few.updated({"budget.trials": 500, "sampler": "auto"}).sampler["chosen"] == "bohb"


def test_it_is_said() -> None:
    assert chosen_in_words(experiment(budget={"trials": 40}).sampler) == (
        "sampler auto chose bohb: after 13 random configs it learns from all trials, stopped ones too"
    )
    assert chosen_in_words(experiment(budget={"trials": 5}).sampler) == (
        "sampler auto chose random: so few trials end before a model could learn from them"
    )
    assert chosen_in_words(experiment(sampler="random").sampler) is None


@pytest.mark.parametrize(
    ("sampler", "trials", "told"),
    [
        ("tpe", 10, "budget.trials: 10 is too few for sampler tpe to learn from any: its first 10 configs are random"),
        ("nsga2", 20, "budget.trials: 20 is too few for sampler nsga2 to learn from any: its first 20 configs are"),
        ("tpe", 11, ""),
        ("tpe", None, ""),
        ("random", 1, ""),
        ("auto", 1, ""),
    ],
)
def test_a_named_sampler_for_which_trials_are_too_few_is_told(sampler: str, trials: int | None, told: str) -> None:
    budget = {"minutes": 1} if trials is None else {"trials": trials}
    found = never_learns(experiment(sampler=sampler, budget=budget).sampler, trials)
    assert found.startswith(told)
    assert bool(found) == bool(told)


def test_what_options_of_a_package_mean_is_not_known() -> None:
    assert never_learns({"name": "optunahub", "package": "samplers/x", "class": None, "population": [8]}, 5) == ""


def test_a_record_without_an_option_means_what_the_sampler_did_before_it() -> None:
    old = {"sampler": {"name": "tpe", "startup_trials": 5}}
    assert experiment(**old).sampler["multivariate"] is False
    with reading_a_record():
        recorded = experiment(**old)
    since = {"candidates": 24, "constant_liar": True}
    assert recorded.sampler == {"name": "tpe", "startup_trials": 5, "multivariate": True, **since}
    assert recorded.updated({"budget.trials": 3}).sampler["multivariate"] is True


@pytest.mark.parametrize(
    "sampler",
    [{"name": "bohb", "startup_trials": 20}, {"name": "auto", "chosen": "bohb", "startup_trials": 20}],
)
def test_a_record_of_before_it_took_steps_from_the_best_goes_on_without_them(sampler: dict[str, Any]) -> None:
    assert experiment(sampler=sampler).sampler["local"] == 0.4
    with reading_a_record():
        assert experiment(sampler=sampler).sampler == {**sampler, "local": 0.0, "prior": None}
