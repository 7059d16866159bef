"""What an experiment must have for its model to be an ensemble."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment

GOOD: dict[str, Any] = {
    "name": "x",
    "space": {"learning_rate": {"float": [0.001, 0.1]}},
    "finalists": {"top": 3, "seeds": 2},
    "final": "ensemble",
}
FOLDS = {"finalists": None, "evaluation": {"folds": 5}}

BAD = [
    ({"finalists": None}, "final: takes the models of two or more finalists: write finalists: {top: 3, seeds: 3}, or"),
    ({"finalists": {"top": 1}}, "final: takes the models of two or more finalists"),
    ({"ensemble": 4}, r"ensemble: must be no more than finalists.top, 3 \(got 4\)"),
    ({"ensemble": 1}, "ensemble: must be a whole number from 2 to 100"),
    ({"final": "refit", "ensemble": 2}, "ensemble: counts the members of final: ensemble: write that too"),
    ({**FOLDS, "ensemble": 2}, "ensemble: counts finalists, and with evaluation the members are the winner's folds"),
    ({"objective": ["val_accuracy", "model_mb"]}, "with several objectives write keep or refit"),
]


@pytest.mark.parametrize(("keys", "told"), BAD)
def test_what_cannot_be(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        Experiment(**{**GOOD, **keys})
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("keys", [{}, {"ensemble": 2}, FOLDS, {**FOLDS, "finalists": {"top": 1, "seeds": 2}}])
def test_what_can(keys: dict[str, Any]) -> None:
    made = Experiment(**{**GOOD, **keys})
    assert Experiment.from_dict(made.to_dict()) == made
