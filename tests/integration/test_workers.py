"""What a worker keeps between trials, and when another one takes its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cnnsearch
from cnnsearch.experiment import Experiment

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

TRIALS = 80


def test_a_worker_that_grows_is_replaced_and_no_trial_fails_or_runs_twice(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    leaking = tmp_path / "leaking"
    leaking.mkdir()
    space = {"learning_rate": {"float": [1e-3, 1e-2]}, "folder": str(leaking)}
    experiment = small(
        model="leaking_family:build",
        space=space,
        epochs=1,
        budget={"trials": TRIALS},
        resources={"memory_gb": 0.01},
    )
    study = cnnsearch.run(experiment, tmp_path)
    assert study.counts == {"COMPLETED": TRIALS, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert [record.trial for record in study.records] == list(range(TRIALS))
    lines = (study.path / "trials.jsonl").read_text().splitlines()
    assert len(lines) == TRIALS
    workers = {record.worker.pid for record in study.records}
    # The process in which the family was tried before the sweep has left its mark too.
    leaked = {int(mark.name) for mark in leaking.iterdir()} & workers
    assert leaked, "some worker grew"
    assert leaked < workers, "others took their places"
