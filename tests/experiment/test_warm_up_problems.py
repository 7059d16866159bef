"""A warm-up that takes the whole training is told before the start."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record


def experiment(warm_up: Any) -> Experiment:
    return Experiment(name="x", space={"filters": {"choice": [4, 8]}, "warmup_epochs": warm_up}, epochs=3)


@pytest.mark.parametrize("warm_up", [3, 4.5, {"float": [0, 3]}, {"choice": [0, 1, 5]}], ids=str)
def test_it_is_refused(warm_up: Any) -> None:
    with pytest.raises(InputError, match=r"space\.warmup_epochs: must be less than the 3 epochs of a trial"):
        experiment(warm_up)
    with reading_a_record():
        assert experiment(warm_up).epochs == 3


@pytest.mark.parametrize("warm_up", [0, 2.9, {"float": [0, 2]}, {"choice": [0, 1]}], ids=str)
def test_a_shorter_one_is_not(warm_up: Any) -> None:
    assert "warmup_epochs" in experiment(warm_up).space
