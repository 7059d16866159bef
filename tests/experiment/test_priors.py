"""Priors, and what to learn from, as an experiment says it."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch import Choice, Float, Int
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.default_priors import with_default_priors
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.space.priors import Prior

RATE: dict[str, Any] = {"float": [1e-4, 1e-1], "log": True}


def experiment(**keys: Any) -> Experiment:
    return Experiment(**{"name": "a", "space": {"learning_rate": RATE}, **keys})


def of_rate(prior: Any) -> Experiment:
    return experiment(space={"learning_rate": {**RATE, "prior": prior}})


@pytest.mark.parametrize(
    ("parameter", "prior"),
    [
        ({**RATE, "prior": 1e-3}, Prior(1e-3, "medium")),
        ({**RATE, "prior": {"value": 0.01, "sure": "weak"}}, Prior(0.01, "weak")),
        ({"float": [0, 1], "step": 0.5, "prior": 1}, Prior(1.0, "medium")),
        ({"choice": [16, 32], "prior": {"value": 32, "sure": "strong"}}, Prior(32, "strong")),
        ({"choice": [[3, 3], [5, 5]], "prior": [5, 5]}, Prior((5, 5), "medium")),
    ],
    ids=str,
)
def test_a_prior_is_read_and_written(parameter: Any, prior: Prior) -> None:
    given = experiment(space={"p": parameter}, model="my_models:mlp")
    assert given.space["p"].prior == prior
    assert Experiment.from_text(given.to_yaml().encode(), "a study") == given


@pytest.mark.parametrize("keys", [{"start": "none"}, {"start": []}, {"model": "my_models:mlp", "space": {"p": RATE}}])
def test_near_a_start_that_is_none(keys: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"sampler.prior: draws configs near those of start, and there are none"):
        experiment(sampler={"prior": "start"}, **keys)
    own = {"model": "my_models:mlp", "space": {"p": RATE}, "start": [{"p": 0.01}]}
    assert experiment(sampler={"prior": "start"}, **own).sampler["prior"] == "start"


def test_a_prior_is_given_from_python() -> None:
    assert Float(0.0, 1.0, prior=Prior(0)).prior == Prior(0.0, "medium")
    assert Int(1, 9, prior=Prior(3, "weak")).to_dict() == {"int": [1, 9], "prior": {"value": 3, "sure": "weak"}}
    assert Choice([16, None], prior=Prior(None)).to_dict()["prior"] == {"value": None, "sure": "medium"}
    assert Choice(["a", "b"], prior=Prior("b")).prior == Prior("b", "medium")


@pytest.mark.parametrize(
    ("prior", "told"),
    [
        (1.0, r"space.learning_rate.prior: must be a value that the parameter may have .got 1.0."),
        ("fast", r"space.learning_rate.prior: must be a value that the parameter may have .got 'fast'."),
        (None, r"space.learning_rate.prior: must be a value, or as {value: 0.001, sure: weak}; leave it out for none"),
        ({"value": 1e-3, "sure": "very"}, r"prior.sure: must be one of weak, medium, strong .got 'very'."),
        ({"valu": 1e-3}, r"prior.valu: unknown key; did you mean 'value'.\n.*prior.value: is missing"),
    ],
)
def test_a_prior_that_cannot_be_is_told(prior: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        of_rate(prior)


def test_of_a_choice_it_is_one_of_the_options() -> None:
    with pytest.raises(InputError, match=r"space.filters.prior: must be a value that the parameter may have .got 12."):
        experiment(space={"filters": {"choice": [8, 16], "prior": 12}})


@pytest.mark.parametrize(
    "sampler", ["grid", "tpe", {"name": "qmc"}, "nsga2", "cma-es", "gp", {"optunahub": "samplers/auto_sampler"}]
)
def test_a_sampler_that_takes_none_says_so(sampler: Any) -> None:
    space = {"learning_rate": {**RATE, "step": 0.01, "log": False, "prior": 1e-4}}
    name = sampler if isinstance(sampler, str) else sampler.get("name", "optunahub")
    rule = (
        rf"space.learning_rate.prior: sampler {name} takes no priors: leave it out, or take one of auto, random, bohb"
    )
    with pytest.raises(InputError, match=rule):
        experiment(space=space, sampler=sampler)
    with pytest.raises(
        InputError, match=rf"learn_from: sampler {name} learns from no studies; take one of auto, random"
    ):
        experiment(space={"learning_rate": {"choice": [0.1, 0.2]}}, sampler=sampler, learn_from=["old"])


def test_what_the_family_recommends_is_a_weak_prior() -> None:
    space = {
        "learning_rate": RATE,
        "batch_normalization": {"choice": [False, True], "prior": False},
        "filters": {"choice": [8, 16]},  # 32 is recommended: the nearest to it
        "optimizer": {"choice": ["sgd", "rmsprop"]},  # adam is recommended, and nothing is near to it
        "units": {"int": [8, 512], "when": {"optimizer": "rmsprop"}},  # off in what is recommended
        "batch_size": 32,
    }
    found = with_default_priors(experiment(space=space, sampler={"name": "bohb", "prior": "defaults"}))
    assert {name: getattr(each, "prior", None) for name, each in found.space.items()} == {
        "learning_rate": Prior(1e-3, "weak"),  # without batch normalisation
        "batch_normalization": Prior(False, "medium"),
        "filters": Prior(16, "weak"),
        "optimizer": None,
        "units": None,
        "batch_size": None,
    }
    assert with_default_priors(found) == found
    assert with_default_priors(experiment()).space["learning_rate"].prior is None


def test_defaults_that_nobody_declares_are_told() -> None:
    with pytest.raises(
        InputError, match=r"sampler.prior: model 'my_models:mlp' is a function, which declares no defaults"
    ):
        experiment(model="my_models:mlp", sampler={"name": "auto", "prior": "defaults"})
    with pytest.raises(InputError, match=r"sampler.prior: must be one of defaults"):
        experiment(sampler={"name": "auto", "prior": "good"})


LEARNT = {"study": "old", "trials": 20, "good": [{"learning_rate": 0.01}]}


@pytest.mark.parametrize(
    ("given", "read", "written"),
    [
        ("old", ("old",), ["old"]),
        (["old", "results/older"], ("old", "results/older"), ["old", "results/older"]),
        ([LEARNT], (EarlierStudy(study="old", trials=20, good=({"learning_rate": 0.01},)),), [LEARNT]),
        ([], (), []),
    ],
)
def test_what_to_learn_from_is_read_and_written(given: Any, read: Any, written: Any) -> None:
    found = experiment(learn_from=given)
    assert found.learn_from == read
    assert found.to_dict()["learn_from"] == written


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, r"learn_from: must be a list of studies, as .my-last-search., by name, path or URI .got 3."),
        (["a", 3], r"learn_from.1: must be a study by name, path or URI; .* .got 3."),
        (["a", ""], r"learn_from.1: must be a study by name, path or URI"),
        (["a", "b", "a"], r"learn_from.2: is there twice .got 'a'."),
        ([{**LEARNT, "good": 3}], r"learn_from.0: must be a study by name, path or URI"),
        ([{**LEARNT, "trials": 0}], r"learn_from.0: must be a study by name, path or URI"),
        ([{**LEARNT, "good": [{"a": {}}]}], r"learn_from.0.good.0.a: must be a boolean, finite number, text"),
        ([str(number) for number in range(21)], r"learn_from: has at most 20 studies .got 21."),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_learnt_from_is_told(given: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        experiment(learn_from=given)
