"""What may change in a study that goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems, completed
from cnnsearch.experiment.recorded import reading_a_record, with_former
from cnnsearch.search.continuing import with_unsaid_of
from cnnsearch.space import shown

Small = Callable[..., Experiment]
SPACE: dict[str, Any] = {"filters": {"choice": [4, 8]}, "learning_rate": {"float": [1e-3, 1e-2]}}
CONFIGS: list[tuple[int, dict[str, Any]]] = [
    (0, {"filters": 4, "learning_rate": 0.005}),
    (1, {"filters": 8, "learning_rate": 0.01}),
]


def problems(small: Small, **keys: Any) -> list[str]:
    old = small(space=SPACE)
    return [str(problem) for problem in change_problems(old, old.updated(keys), CONFIGS)]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"name": "another"},
        {"budget.trials": 200},
        {"sampler": "tpe"},
        {"resources.max_concurrent": 1},
        {"space.filters": {"choice": [4, 8, 16]}},
        {"space.learning_rate": {"float": [1e-4, 1e-1], "log": True}},
        {"space.dropout": {"float": [0.0, 0.5]}},
        {"space.units": {"choice": [32, 64, 128]}},
        {"constraints": ["filters * learning_rate <= 0.08"]},
    ],
    ids=str,
)
def test_what_leaves_the_trials_valid_is_accepted(small: Small, keys: dict[str, Any]) -> None:
    assert problems(small, **keys) == []


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"epochs": 5}, "epochs: cannot change from 3 in a study that goes on: .* another epoch"),
        ({"seed": 9}, "seed: cannot change from 3"),
        ({"defaults": 1}, "defaults: cannot change from 3 .* what its space does not name"),
        ({"objective": "val_loss"}, "objective: cannot change"),
        ({"limits": {"latency_ms": 20}}, "limits: cannot change from null .* judged otherwise"),
        ({"scheduler": "asha"}, "scheduler: cannot change .* stopped by other rules"),
        ({"dataset.limit": 100}, "dataset: cannot change .* saw other data"),
        ({"resources.precision": "mixed_bfloat16"}, "resources.precision: cannot change .* another arithmetic"),
        ({"space.filters": {"choice": [8, 16]}}, "space.filters: no longer holds trial 0, which ran with 4: must be"),
        ({"space.learning_rate": 0.005}, "space.learning_rate: no longer holds trial 1, which ran with 0.01"),
        (
            {"space.dropout": {"float": [0.1, 0.5]}},
            "space.dropout: no longer holds trial 0, which ran with its default",
        ),
        (
            {"constraints": ["filters < 9", "filters * learning_rate < 0.08"]},
            "constraints.1: would have ruled out trial 1, which ran with {'filters': 8, 'learning_rate': 0.01}: this "
            r"config breaks filters \* learning_rate < 0.08$",
        ),
    ],
    ids=str,
)
def test_what_does_not_is_refused_with_the_reason(small: Small, keys: dict[str, Any], told: str) -> None:
    import re

    (problem,) = problems(small, **keys)
    assert re.match(told, problem), problem


OWN: dict[str, Any] = {"model": "own_families:build", "space": {"norm": {"choice": [True, 2]}}}


@pytest.mark.parametrize(
    ("config", "options", "told"),
    [
        (True, [True, 1, 2], None),
        (True, [1, 2], "must be a value of {'choice': [1, 2]}"),
        (1, [True, 2], "must be a value of {'choice': [True, 2]}"),
        (1, [1.0, 2], "1.0 is another value"),
        (1, [1.0, 1], None),
        ((1, 2), [[1.0, 2], 3], "[1.0, 2] is another value"),
    ],
    ids=str,
)
def test_an_option_that_python_takes_for_equal_is_no_reason_to_go_on(
    small: Small, config: Any, options: list[Any], told: str | None
) -> None:
    old, new = small(**OWN), small(**{**OWN, "space": {"norm": {"choice": options}}})
    found = [problem.rule for problem in change_problems(old, new, [(4, {"norm": config})])]
    assert found == ([f"no longer holds trial 4, which ran with {shown(config)}: {told}"] if told else [])


def test_an_int_of_a_float_parameter_is_the_float_that_its_trial_had(small: Small) -> None:
    old = small(space={"dropout": {"choice": [0, 0.5]}, "learning_rate": 1})
    new = small(space={"dropout": {"choice": [0.0, 0.5]}, "learning_rate": {"float": [0.1, 1]}})
    assert change_problems(old, new, [(0, {"dropout": 0, "learning_rate": 1})]) == []
    added = small(space={"dropout": {"choice": [0, 0.5]}})
    assert repr(completed({}, added)) == "{'dropout': 0}"


def test_a_parameter_that_is_gone_is_refused(small: Small) -> None:
    old, new = small(space=SPACE), small(space={"filters": SPACE["filters"]})
    (problem,) = change_problems(old, new, CONFIGS)
    assert str(problem).startswith(
        "space.learning_rate: no longer holds trial 0, which ran with 0.005: not a parameter"
    )


def test_every_problem_is_told(small: Small) -> None:
    assert len(problems(small, epochs=5, seed=1, **{"space.filters": {"choice": [16]}})) == 3


def test_a_parameter_that_came_later_had_its_default(small: Small) -> None:
    wider = small(
        space={
            **SPACE,
            "optimizer": {"choice": ["adam", "sgd"]},
            "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
        }
    )
    assert completed(CONFIGS[0][1], wider) == {**CONFIGS[0][1], "optimizer": "adam"}


def test_data_may_be_moved_and_nothing_else_of_it_may_change(small: Small) -> None:
    old = small(dataset={"source": "directory", "path": "here"})
    assert change_problems(old, old.updated({"dataset.path": "there"}), []) == []
    (problem,) = change_problems(old, old.updated({"dataset.path": "there", "dataset.limit": 50}), [])
    assert "the study's trials saw other data" in problem.rule


def test_a_file_need_not_say_how_the_study_orders_equal_trials() -> None:
    file = {"name": "x", "space": {"filters": 8}}
    old = Experiment(**file, ties="end")
    assert change_problems(old, with_unsaid_of(Experiment(**file), old), []) == []
    (problem,) = change_problems(old, with_unsaid_of(Experiment(**file, ties="number"), old), [])
    assert (problem.where, problem.value) == ("ties", "number")


def test_a_file_need_not_say_what_a_study_did_before_there_was_a_key() -> None:
    """As of a study that was recorded before boxes were letterboxed."""
    scenes = {"source": "yolo", "path": "scenes"}
    file = {"name": "x", "task": "detection", "model": "detector", "dataset": scenes, "space": {"filters": 8}}
    with reading_a_record():
        old = Experiment(**with_former(file))
    assert (old.dataset.resizing, old.dataset.decoding, old.defaults, old.start) == ("stretch", "full", 1, ())
    assert change_problems(old, with_unsaid_of(Experiment(**file), old), []) == []
    for key, value in {"resizing": "letterbox", "decoding": "reduced"}.items():
        asked = Experiment(**{**file, "dataset": {**scenes, key: value}})
        (problem,) = change_problems(old, with_unsaid_of(asked, old), [])
        assert problem.where == "dataset", "what the file says is not overruled"
