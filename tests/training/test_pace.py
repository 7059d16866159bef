"""The pace of a trial, by some of its steps."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.split import folded
from cnnsearch.experiment import Experiment
from cnnsearch.training import TrialData
from cnnsearch.training.pace import PaceSample, measured_pace

Small = Callable[..., Experiment]
CONFIG = {"filters": 4, "learning_rate": 1e-3}
SIZE = 128
"""Pictures that are trained on: four batches of 32."""


@pytest.mark.parametrize(
    ("keys", "pictures"),
    [
        ({}, 180 + 20),  # sixty judge, by a third of the work
        ({"passes": 20}, 3600 + 20),
        ({"repeats": 3}, 3 * (180 + 20)),
        ({"evaluation": {"folds": 3}}, 3 * (160 + 80 / 3)),
    ],
)
def test_it_is_that_of_all_passes_and_trainings(
    small: Small, digits: TrialData, keys: dict[str, Any], pictures: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps take 5 s with what compiles them, then twice 1.5 s."""
    clock = iter([0.0, 5.0, 6.0, 7.0, 8.0])
    monkeypatch.setattr("cnnsearch.training.pace.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    experiment = small(**keys)
    split = digits.split
    if experiment.evaluation is not None:
        split = folded(digits.dataset, split, experiment.evaluation.folds, 1, 0)
    sample = PaceSample.of(digits.dataset, split, 32)
    assert len(np.unique(sample.targets.values)) > 1
    found = measured_pace(experiment, CONFIG, sample, 2)
    assert found is not None
    assert (found.threads, found.startup) == (2, 3.5)
    assert found.epoch == pytest.approx(1.5 * pictures / SIZE)
    assert found.seconds(3) == pytest.approx(3.5 + 3 * found.epoch)


def test_pictures_without_a_size_have_none(small: Small, digits: TrialData) -> None:
    sample = PaceSample.of(digits.dataset, digits.split, 32)
    without = PaceSample(None, sample.channels, sample.targets, sample.trained, sample.judged)
    assert measured_pace(small(), CONFIG, without, 1) is None
