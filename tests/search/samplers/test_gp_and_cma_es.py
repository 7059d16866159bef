"""Samplers of Optuna that need a package of their own; without it what is said of that."""

from __future__ import annotations

import importlib.util
import statistics
from typing import Any

import pytest
from recalling import proposals_of_both

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import SAMPLERS, Outcome, Untried, check_sampler, make_sampler
from cnnsearch.space import Choice, Config, Float, Int, Space

NUMBERS = Space(
    units=Int(8, 128, log=True),
    layers=Int(1, 7, step=3),
    rate=Float(1e-4, 1e-1, log=True),
    momentum=Float(0.0, 0.9, step=0.3),
    fixed=Float(0.5, 0.5),
    batch_size=32,
)
MIXED = Space(kind=Choice(["a", "b"]), rate=Float(0.0, 1.0), decay=Float(0.0, 1.0, when={"kind": "b"}))

needs_cmaes = pytest.mark.skipif(importlib.util.find_spec("cmaes") is None, reason="cmaes is not installed")
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")


def make(name: str, space: Space, seed: int = 0, mode: str = "max", **options: Any) -> Untried:
    return make_sampler({"name": name, **SAMPLERS[name].options.filled(options)}, space, seed, mode)


def height(config: Config) -> float:
    return -sum((float(value) - 0.3) ** 2 for name, value in config.items() if name in ("rate", "decay", "momentum"))


def best_of(sampler: Untried, trials: int, sign: float = 1.0) -> float:
    best = float("-inf")
    for trial in range(trials):
        config = sampler.propose(trial)
        assert config is not None
        best = max(best, height(config))
        sampler.tell(trial, Outcome("COMPLETED" if trial % 2 else "STOPPED", sign * height(config)))
    return best


@needs_cmaes
@pytest.mark.parametrize("cut", [1, 9, 26])
def test_cma_es_made_again_from_the_record_goes_on_alike(cut: int) -> None:
    made = proposals_of_both(lambda: make("cma-es", NUMBERS, population=4), height, 30, cut)
    assert len(made) == 30 - cut
    assert all(one == other for one, other in made)


@needs_cmaes
@pytest.mark.parametrize("mode", ["max", "min"])
def test_cma_es_finds_more_than_random_and_learns_from_stopped_trials(mode: str) -> None:
    space = Space(rate=Float(-2, 2), decay=Float(-2, 2), momentum=Float(-2, 2))
    sign = 1.0 if mode == "max" else -1.0
    found = {
        name: statistics.median(best_of(make(name, space, seed, mode), 150, sign) for seed in range(3))
        for name in ("cma-es", "random")
    }
    assert found["cma-es"] > -0.01 > found["random"]


@needs_cmaes
def test_cma_es_is_told_what_a_trial_ran_that_it_did_not_propose() -> None:
    """The config of a record may come from another sampler, or from the user."""
    sampler = make("cma-es", NUMBERS)
    given = {"units": 16, "layers": 4, "rate": 0.001, "momentum": 0.3, "fixed": 0.5, "batch_size": 32}
    sampler.recall(0, given)
    sampler.tell(0, Outcome("COMPLETED", 0.5))
    trial = sampler._sampler._study.trials[0]  # type: ignore[attr-defined]
    assert trial.params == {name: value for name, value in given.items() if name != "batch_size"}


@needs_cmaes
def test_cma_es_which_knows_no_limits_learns_nothing_good_of_what_breaks_them() -> None:
    sampler = make("cma-es", NUMBERS)
    for trial, excess in enumerate((0.0, 0.5, None)):
        sampler.propose(trial)
        sampler.tell(trial, Outcome("COMPLETED", 0.5, excess=excess))
    trials = sampler._sampler._study.trials  # type: ignore[attr-defined]
    assert [trial.state.name for trial in trials] == ["COMPLETE", "FAIL", "COMPLETE"]


@needs_torch
@pytest.mark.parametrize("space", [NUMBERS, MIXED], ids=["numbers", "mixed"])
def test_gp_made_again_from_the_record_goes_on_alike(space: Space) -> None:
    made = proposals_of_both(lambda: make("gp", space, startup_trials=3), height, 10, 7)
    assert len(made) == 3
    assert all(one == other for one, other in made)


@pytest.mark.parametrize(
    ("name", "module", "how"),
    [
        ("gp", "torch", "pip install 'cnnsearch[gp]'"),
        ("cma-es", "cmaes", "pip install 'cnnsearch[cma-es]'"),
        ("optunahub", "optunahub", "pip install 'cnnsearch[optunahub]'"),
    ],
)
def test_what_is_not_installed_is_told_before_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, how: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda each: None if each == module else find(each))
    with pytest.raises(InputError) as error:
        check_sampler({"name": name, "package": "samplers/walk", "class": None})
    assert f"sampler: {name} needs {module}: {how}; or take auto, random, qmc, grid, tpe" in str(error.value)


def experiment_of(sampler: Any, **space: Any) -> Experiment:
    return Experiment(name="x", space={"learning_rate": {"float": [1e-4, 1e-2], "log": True}, **space}, sampler=sampler)


def test_cma_es_refuses_choices_and_conditions() -> None:
    with pytest.raises(InputError) as error:
        experiment_of(
            "cma-es",
            optimizer={"choice": ["adam", "sgd"]},
            dense_layers={"int": [0, 1]},
            units={"int": [8, 64], "when": {"dense_layers": 1}},
        )
    assert [problem.where for problem in error.value.problems] == ["space.optimizer", "space.units.when"]
    assert error.value.problems[0].rule == (
        "sampler cma-es takes ranges of numbers only: make it an int or a float, or take sampler tpe, gp or nsga2"
    )
    assert error.value.problems[1].rule == "sampler cma-es takes no conditions: take sampler tpe, gp or nsga2"


def test_cma_es_takes_a_choice_of_one() -> None:
    assert experiment_of("cma-es", optimizer={"choice": ["adam"]}).sampler["name"] == "cma-es"
