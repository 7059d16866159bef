"""What a search begins with, as an experiment says it."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.recommended import nearest_config
from cnnsearch.experiment.start import StartConfig

SPACE: dict[str, Any] = {
    "filters": {"choice": [8, 16, 64]},
    "batch_normalization": {"choice": [False, True]},
    "global_pooling": {"choice": ["flatten", "average"]},
    "optimizer": {"choice": ["sgd", "adam"]},
    "momentum": {"float": [0.5, 0.8], "when": {"optimizer": "sgd"}},
    "learning_rate": {"float": [1e-4, 1e-2], "log": True},
    "dropout": {"float": [0.3, 0.5]},
    "units": 16,
}
RECOMMENDED = {
    "filters": 16,
    "batch_normalization": True,
    "global_pooling": "average",
    "optimizer": "adam",
    "learning_rate": 3e-3,
    "dropout": 0.3,
    "units": 16,
}


def experiment(**keys: Any) -> Experiment:
    return Experiment(**{"name": "a", "space": SPACE, **keys})


def test_the_nearest_to_what_the_family_recommends() -> None:
    assert nearest_config(experiment(), {}) == RECOMMENDED
    assert nearest_config(experiment(), {"optimizer": "sgd", "filters": 9}) == {
        **RECOMMENDED,
        "filters": 8,
        "optimizer": "sgd",
        "momentum": 0.8,
    }
    without = experiment(space={**SPACE, "batch_normalization": False})
    assert nearest_config(without, {})["learning_rate"] == 1e-3


def test_of_a_grid_the_nearest_of_its_points() -> None:
    grid = experiment(sampler={"name": "grid", "points": 3})
    assert nearest_config(grid, {})["learning_rate"] in grid.space["learning_rate"].points(3)


def test_constraints_are_kept_with_as_few_changes_as_possible() -> None:
    kept = nearest_config(experiment(constraints=["filters * learning_rate < 0.04"]), {})
    assert [name for name, value in kept.items() if value != RECOMMENDED[name]] == ["filters"]
    assert kept["filters"] == 8


@pytest.mark.parametrize(
    ("space", "sampler", "constraints"),
    [
        ({"filters": {"int": [1, 400]}, "units": {"int": [1, 400]}}, "random", ["filters * units == 158403"]),
        (
            {name: {"float": [0.0, 0.4]} for name in ("dropout", "label_smoothing", "l2")},
            {"name": "grid", "points": 4},
            ["dropout == 0.4", "label_smoothing == 0.4", "l2 == 0.4"],
        ),
    ],
)
def test_what_draws_do_not_find_a_list_finds(space: Any, sampler: Any, constraints: list[str]) -> None:
    searched = experiment(space=space, sampler=sampler, constraints=constraints)
    assert searched.space.allows(nearest_config(searched, {}))


@pytest.mark.parametrize(
    ("start", "read", "written"),
    [
        ("none", (), "none"),
        ([], (), "none"),
        ("recommended", ("recommended",), "recommended"),
        ({"filters": 8}, (StartConfig(config={"filters": 8}),), [{"filters": 8}]),
        (
            [{"filters": 8.0}, "study:old", "recommended"],
            (StartConfig(config={"filters": 8.0}), "study:old", "recommended"),
            [{"filters": 8.0}, "study:old", "recommended"],
        ),
        (
            [{"config": RECOMMENDED, "origin": "study:old, trial 3", "changed": ["filters 128 became 64"]}],
            (StartConfig(config=RECOMMENDED, origin="study:old, trial 3", changed=("filters 128 became 64",)),),
            [{"config": RECOMMENDED, "origin": "study:old, trial 3", "changed": ["filters 128 became 64"]}],
        ),
    ],
    ids=str,
)
def test_it_is_read_and_written(start: Any, read: Any, written: Any) -> None:
    given = experiment(start=start)
    assert given.start == read
    assert given.to_dict()["start"] == written
    assert Experiment.from_text(given.to_yaml().encode(), "a study") == given


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("best", "start: must be recommended, none, or a list of configs, study:NAME and recommended, .* .got 'best'."),
        ([3], "start.0: must be a config, study:NAME or recommended .got 3."),
        (["study: "], "start.0: must be a config, study:NAME or recommended .got 'study: '."),
        ([{"filterz": 8}], "start.0.filterz: not a parameter of this space; did you mean 'filters'"),
        (["recommended", {"filters": 9}], r"start.1.filters: must be a value of .'choice': \[8, 16, 64\]. .got 9."),
        ([{"momentum": 0.6}], "start.0.momentum: is only active when .'optimizer': .'sgd'.."),
        ([{"filters": {"choice": [8]}}], "start.0.filters: must be a boolean, finite number, text, null or a list"),
        ([{"filters": 8}] * 41, "start: has 41 items, and the budget ends after 40 trials"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_is_told(start: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        experiment(start=start)


def test_a_config_that_breaks_a_constraint_is_told() -> None:
    with pytest.raises(InputError, match=r"start\.0\.constraints\.0: this config breaks filters"):
        experiment(start=[{"filters": 64}], constraints=["filters < 10"])


def test_a_study_of_before_begins_with_nothing() -> None:
    text = "".join(line for line in experiment().to_yaml().splitlines(True) if not line.startswith("start:"))
    assert Experiment.from_text(text.encode(), "a study").start == ()
