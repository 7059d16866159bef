"""What population based training cannot do is told before the start."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record

GOOD: dict[str, Any] = {
    "name": "x",
    "space": {"filters": 8, "learning_rate": {"float": [0.001, 0.1]}},
    "epochs": 10,
    "scheduler": {"name": "pbt", "population": 4},
}

BAD = [
    (
        {"finalists": {"top": 2, "seeds": 2}},
        "finalists: train one config on fresh seeds, and a trial of scheduler",
    ),
    ({"final": "refit"}, "final: trains one config again, and a trial of scheduler 'pbt' is trained by a schedule"),
    ({"repeats": 2}, "repeats: must be 1 with scheduler 'pbt'"),
    ({"space": {"filters": {"choice": [4, 8]}}}, "space: has nothing that scheduler 'pbt' could mutate"),
    ({"scheduler": {"name": "pbt", "interval": 10}}, "scheduler.interval: must be less than the 10 epochs of a trial"),
    ({"budget": {"trials": 3}}, "scheduler.population: must be no more than budget.trials, 3 .got 4"),
]


@pytest.mark.parametrize(("keys", "told"), BAD, ids=lambda one: None if isinstance(one, str) else next(iter(one)))
def test_what_it_cannot_do(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        Experiment(**{**GOOD, **keys})
    assert len(error.value.problems) == 1
    with reading_a_record():
        assert Experiment(**{**GOOD, **keys}).name == "x"


def test_what_it_can() -> None:
    for keys in ({}, {"budget": {"minutes": 5}}, {"final": "keep"}):
        assert Experiment(**{**GOOD, **keys}).scheduler["population"] == 4
    assert Experiment(**{**GOOD, "scheduler": "asha", "final": "refit"}).final == "refit"
