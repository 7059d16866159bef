"""What a worker keeps between trials, and when another one takes its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnnsearch
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

TRIALS = 200


def compiled(study: Study) -> Counter[int]:
    """Programs that each worker compiled."""
    return Counter(record["worker"]["pid"] for record in study.records if record["cost"]["compile_seconds"] > 0)


def test_an_architecture_is_compiled_once_a_worker(small: Callable[..., Experiment], tmp_path: Path) -> None:
    space = {"filters": {"choice": [4, 8]}, "learning_rate": {"float": [1e-3, 1e-2]}, "dropout": {"float": [0.0, 0.5]}}
    study = cnnsearch.run(small(space=space, epochs=1, budget={"trials": 16}), tmp_path)
    assert study.counts["COMPLETED"] == 16
    structures = {record["config"]["filters"] for record in study.records}
    workers = {record["worker"]["pid"] for record in study.records}
    assert max(compiled(study).values()) <= len(structures) == 2
    assert len(workers) <= 2
    assert all(
        (record["cost"]["reset_seconds"] > 0) != (record["cost"]["compile_seconds"] > 0) for record in study.records
    )


def test_a_worker_that_grows_is_replaced_and_no_trial_fails_or_runs_twice(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    space = {"learning_rate": {"float": [1e-3, 1e-2]}}
    experiment = small(
        model="leaking_family:build",
        space=space,
        epochs=1,
        budget={"trials": TRIALS},
        resources={"memory_gb": 0.01},
    )
    study = cnnsearch.run(experiment, tmp_path)
    assert study.counts == {"COMPLETED": TRIALS, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert [record["trial"] for record in study.records] == list(range(TRIALS))
    lines = (study.path / "trials.jsonl").read_text().splitlines()
    assert len(lines) == TRIALS
    assert len({record["worker"]["pid"] for record in study.records}) > 2


def test_results_are_the_same_where_pictures_are_read_from_shared_memory(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    found: list[list[Any]] = []
    for bound, held in ((None, "copied"), (0.00001, "shared")):
        study = cnnsearch.run(small(resources={"cpus": 1, "memory_gb": bound}), tmp_path)
        assert {record["worker"]["pictures"] for record in study.records} == {held}
        found.append([(record["config"], record["metrics"]) for record in study.records])
    assert found[0] == found[1]


def test_the_study_tells_how_its_start_divides(small: Callable[..., Experiment], tmp_path: Path) -> None:
    study = cnnsearch.run(small(budget={"trials": 2}), tmp_path)
    assert set(study.startup) == {"ray", "data", "worker", "tensorflow", "stages", "compile", "epoch"}
    assert all(seconds >= 0 for seconds in study.startup.values())
    assert sum(study.startup.values()) <= study.seconds + study.startup["ray"] + study.startup["data"] + 5
