"""How many configs a sampler has, and how many trials that leaves."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.extent import configs_tried, in_words, most_trials, size_of_search
from cnnsearch.search.samplers import make_sampler
from cnnsearch.sweep.estimates.estimate import Estimate, _of_all_searches

SPACE: dict[str, Any] = {
    "units": {"int": [1, 101]},
    "learning_rate": {"float": [1e-4, 1e-2], "log": True},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "step": 0.1, "when": {"optimizer": "sgd"}},
    "dense_layers": {"int": [1, 2], "when": {"units": [1, 7]}},
}
"""With 3 points: 3 rates x (1 + 3 optimizers and momenta) x (2 layers of 1 unit + 51 and 101 units) = 48."""


def experiment(sampler: Any = "tpe", trials: int | None = None, **keys: Any) -> Experiment:
    budget = {"minutes": 5} if trials is None else {"trials": trials}
    return Experiment(**{"name": "x", "space": SPACE, "sampler": sampler, "budget": budget, **keys})


GRID = {"name": "grid", "points": 3}


def test_a_grid_has_the_points_that_its_sampler_proposes() -> None:
    searched = experiment(GRID)
    sampler = make_sampler(searched.sampler, searched.space, 0, "max")
    configs = [config for config in map(sampler.propose, range(100)) if config is not None]
    assert len(configs) == size_of_search(searched) == most_trials(searched) == 48
    assert configs_tried(searched, configs) == 48
    assert configs_tried(searched, configs[:7] + configs[:7]) == 7
    assert most_trials(searched, configs[:20]) == 48


@pytest.mark.parametrize(
    ("sampler", "space", "trials", "size", "most"),
    [
        (GRID, SPACE, 40, 48, 40),
        (GRID, SPACE, 100, 48, 48),
        ("tpe", SPACE, 100, None, 100),
        ("tpe", SPACE, None, None, None),
        ("random", {"units": {"choice": [8, 16]}}, 100, 2, 2),
        ("random", {"units": {"choice": [8, 16]}}, None, 2, 2),
    ],
)
def test_trials_are_those_of_budget_and_configs(
    sampler: Any, space: Any, trials: int | None, size: int | None, most: int | None
) -> None:
    searched = experiment(sampler, trials, space=space)
    assert (size_of_search(searched), most_trials(searched)) == (size, most)


def test_trials_of_another_sampler_are_none_of_the_grid() -> None:
    """Two of the earlier ones are off the grid, so that the study may come to two trials more than it has points."""
    searched = experiment({"name": "grid", "points": 2}, 100, space={"units": {"int": [1, 101]}})
    earlier = [{"units": 1}, {"units": 50}, {"units": 1}, {"filters": 8}]
    assert configs_tried(searched, earlier) == 1
    assert most_trials(searched, earlier) == 4 + 1


def test_constraints_leave_fewer_configs_and_trials() -> None:
    searched = experiment(GRID, 100, constraints=["not (optimizer == 'sgd' and units == 1)", "momentum < 0.9"])
    configs = list(searched.space.grid(3))
    # 3 rates of adam and 1 unit with 2 layers, and of 51 and 101 units with adam or sgd with two momenta
    assert len(configs) == size_of_search(searched) == most_trials(searched) == 3 * (2 + 2 * 3)
    everything = experiment(GRID).space.grid(3)
    assert configs_tried(searched, everything) == len(configs)


def test_what_constraints_leave_may_be_too_much_to_be_counted() -> None:
    space = {"units": {"int": [1, 1000]}, "filters": {"int": [1, 1000]}}
    searched = experiment(space=space, constraints=["filters * units <= 10_000"], trials=7)
    assert (size_of_search(searched), most_trials(searched)) == (None, 7)
    assert in_words(None, searched.space.kept_to(()).size()) == "some of 1,000,000 configs"


@pytest.mark.parametrize(
    ("configs", "grid", "trials", "told"),
    [
        (None, False, 40, "infinitely many configs"),
        (1200, False, 40, "1,200 configs"),
        (48, True, 48, "a grid of 48 points"),
        (48, True, None, "a grid of 48 points"),
        (11, True, 3, "a grid of 11 points; the budget ends it after 3 of them"),
    ],
)
def test_a_dry_run_tells_what_the_budget_leaves_of_a_grid(
    configs: int | None, grid: bool, trials: int | None, told: str
) -> None:
    found = Estimate(configs, grid, trials, 1, 0, 1.0, 1.0, 0.0, 0, 1, None, None, {})
    assert found.rows()[0] == ("search space", told)


def test_a_dry_run_tells_what_all_searches_of_nested_cross_validation_take() -> None:
    assert _of_all_searches([10.0, 20.0], 0) == [10.0, 20.0]
    assert _of_all_searches([10.0, 20.0], 5) == [50.0, 120.0], "five on four fifths of the pictures; six by minutes"
    assert _of_all_searches([None, None], 5) == [None, None]
    found = Estimate(8, False, 3, 1, 0, 1.0, 1.0, 0.0, 0, 1, 50.0, 120.0, {}, searches=6)
    assert found.rows()[1] == (
        "searches",
        "6: one without each of 5 outer folds, and one on all pictures; each has the budget",
    )
