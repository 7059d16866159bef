"""auto: what it chooses stands in the experiment, and so in the record."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.search.samplers import Outcome, chosen_in_words, never_learns
from cnnsearch.search.starts import sampler_of
from cnnsearch.space import Space

SPACE = {"filters": {"choice": [4, 8]}, "dropout": {"float": [0.0, 0.5]}}

LEARNS = "it learns from those that ran for as long as twelve did, stopped or not"


def experiment(**keys: Any) -> Experiment:
    return Experiment(name="chosen", space=SPACE, **keys)


@pytest.mark.parametrize(
    ("budget", "chosen", "startup"),
    [
        ({"trials": 1}, "bohb", 10),
        ({"trials": 10}, "bohb", 10),
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
        "equals": "shared",
        "prior": None,
    }


def test_what_it_chose_stays_when_the_study_goes_on_with_more_trials() -> None:
    few = experiment(budget={"trials": 10})
    assert few.updated({"budget.trials": 500}).sampler == few.sampler
    assert few.updated({"budget.trials": 500, "sampler": "auto"}).sampler["chosen"] == "bohb"


def test_a_search_of_few_trials_that_is_extended_learns_from_them() -> None:
    """Its first configs are those of sampler random."""
    few = experiment(budget={"trials": 10})
    extended, random = sampler_of(few.updated({"budget.trials": 60})), sampler_of(few.updated({"sampler": "random"}))
    near = []
    for trial in range(60):
        config, drawn = extended.propose(trial), random.propose(trial)
        assert config is not None
        assert drawn is not None
        assert (config == drawn) == (trial < 10)
        extended.tell(trial, Outcome("COMPLETED", 1 - abs(config["dropout"] - 0.4)))
        near.append(abs(config["dropout"] - 0.4) < 0.1)
    assert sum(near[30:]) > 20


@pytest.mark.parametrize(
    ("sampler", "trials", "told"),
    [
        ("auto", 40, f"sampler auto chose bohb: after 13 random configs {LEARNS}"),
        ("auto", None, f"sampler auto chose bohb: after 20 random configs {LEARNS}"),
        (
            "auto",
            5,
            "sampler auto chose bohb: its first 10 configs are random, so it learns from none of 5 trials unless you "
            "extend them",
        ),
        (
            {"name": "auto", "chosen": "random"},
            500,
            "sampler auto is random here, as its option chosen says, and learns from no trial; leave that out for bohb",
        ),
        ({"prior": "start"}, 40, f"sampler auto chose bohb: after 13 configs near the start or random {LEARNS}"),
        ({"prior": "defaults"}, 40, f"sampler auto chose bohb: after 13 configs near the defaults or random {LEARNS}"),
        ("random", 5, None),
    ],
)
def test_it_is_said(sampler: Any, trials: int | None, told: str | None) -> None:
    budget = {"minutes": 1} if trials is None else {"trials": trials}
    assert chosen_in_words(experiment(sampler=sampler, budget=budget).sampler, trials) == told


@pytest.mark.parametrize(
    ("sampler", "trials", "told"),
    [
        (
            "tpe",
            10,
            "budget.trials: 10 is too few for sampler tpe to learn from any: it draws its first 10 configs before that "
            "(startup_trials)",
        ),
        ("nsga2", 20, "budget.trials: 20 is too few for sampler nsga2 to learn from any: it draws its first 20"),
        (
            {"name": "cma-es", "population": 8},
            9,
            "budget.trials: 9 is too few for sampler cma-es to learn from any: it",
        ),
        ({"name": "cma-es", "population": 8}, 10, ""),
        (
            {"name": "cma-es", "population": None},
            7,
            "budget.trials: 7 is too few for sampler cma-es to learn from any: it draws its first 7 configs before "
            "that (startup_trials and population)",
        ),
        ("cma-es", 8, ""),
        ("tpe", 11, ""),
        ("tpe", None, ""),
        ("random", 1, ""),
        ("auto", 1, ""),
    ],
)
def test_a_named_sampler_for_which_trials_are_too_few_is_told(sampler: Any, trials: int | None, told: str) -> None:
    budget = {"minutes": 1} if trials is None else {"trials": trials}
    space = {"dropout": {"float": [0.0, 0.5]}, "l2": {"float": [0.0, 0.1]}, "batch_size": 32}
    searched = Experiment(name="few", space=space, sampler=sampler, budget=budget)
    found = never_learns(searched.sampler, trials, searched.space)
    assert found.startswith(told)
    assert bool(found) == bool(told)


def test_what_options_of_a_package_mean_is_not_known() -> None:
    assert (
        never_learns({"name": "optunahub", "package": "samplers/x", "class": None, "population": [8]}, 5, Space()) == ""
    )


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
        assert experiment(sampler=sampler).sampler == {**sampler, "local": 0.0, "equals": "apart", "prior": None}
