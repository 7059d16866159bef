"""A step schedule that never steps and a warm-up that takes all of a phase are told; nothing is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.problems.lengths import length_remarks

STEP = {"learning_rate_schedule": "step"}


def remarks(space: dict[str, Any], model: str = "cnn", epochs: int = 8) -> list[str]:
    given = {"learning_rate": {"float": [1e-4, 1e-2]}, **space}
    if model == "transfer":
        given |= {"backbone": "mobilenet", "weights": "none", "unfrozen_layers": 6}
    return list(length_remarks(Experiment(name="x", space=given, epochs=epochs, model=model)))


@pytest.mark.parametrize(
    ("space", "idle"),
    [
        (STEP, "10, the default, as a trial has 8 epochs for it"),
        ({**STEP, "decay_epochs": {"choice": [2, 8]}}, "8, as a trial has 8 epochs"),
        ({**STEP, "decay_epochs": {"int": [2, 20]}}, " as a trial has 8 epochs"),
        ({**STEP, "decay_epochs": 6, "warmup_epochs": 2.5}, "6, as a trial has 5.5 epochs"),
        ({**STEP, "decay_epochs": 7}, None),
        ({**STEP, "decay_epochs": {"int": [2, 8]}}, None),
        ({"learning_rate_schedule": {"choice": ["cosine", "constant"]}}, None),
        ({}, None),
    ],
)
def test_a_step_that_never_comes(space: dict[str, Any], idle: str | None) -> None:
    found = remarks(space)
    assert len(found) == (idle is not None)
    if idle is not None:
        assert "space.learning_rate_schedule: 'step' never steps with decay_epochs of " in found[0]
        assert idle in found[0]


@pytest.mark.parametrize(
    ("warm_up", "tuned", "shortest"),
    [
        (3, 3, 3),
        (3, {"choice": [0, 6]}, 2),
        ({"float": [0.0, 2.0]}, {"int": [2, 6]}, 2),
        (2, 3, None),
        (7, {"choice": [0, 8]}, None),
    ],
)
def test_a_warm_up_of_a_whole_phase(warm_up: Any, tuned: Any, shortest: int | None) -> None:
    found = remarks({"warmup_epochs": warm_up, "fine_tune_epochs": tuned}, "transfer")
    assert len(found) == (shortest is not None)
    if shortest is not None:
        assert f"in a phase of {shortest} of the epochs, which fine_tune_epochs makes" in found[0]
