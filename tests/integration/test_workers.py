"""What a worker keeps between trials, and when another one takes its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cnnsearch
from cnnsearch.experiment import Experiment

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


def test_a_worker_that_grows_is_replaced_and_no_trial_fails_or_runs_twice(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    numbers = range(3)
    experiment = small(
        model="leaking_family:build",
        space={"number": {"choice": [*numbers]}, "learning_rate": 0.01},
        start=[{"number": number, "learning_rate": 0.01} for number in numbers],
        epochs=1,
        budget={"trials": len(numbers)},
        resources={"memory_gb": 0.01, "max_concurrent": 1},
    )
    study = cnnsearch.run(experiment, tmp_path)
    assert study.counts == {"COMPLETED": 3, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert [(record.trial, record.config["number"]) for record in study.records] == [(0, 0), (1, 1), (2, 2)]
    assert len((study.path / "trials.jsonl").read_text().splitlines()) == 3
    first, grown, other = (record.worker.pid for record in study.records)
    assert first == grown, "what was begun comes to its end"
    assert other != grown
