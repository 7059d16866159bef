"""Which devices trials see, with GPUs that Ray only counts, by trials that train nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnnsearch
from benchmarks.nothing import NothingWorker
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

DATASET = {"source": "digits", "limit": 100, "validation": 0.2}


@pytest.fixture
def sweep(small: Callable[..., Experiment], tmp_path: Path, working: Callable[[Any], None]) -> Callable[..., Study]:
    """Runs a sweep whose workers train nothing."""
    working(NothingWorker)

    def run(resources: dict[str, Any], **keys: Any) -> Study:
        experiment = small(dataset=DATASET, epochs=1, resources=resources, **keys)
        study = cnnsearch.run(experiment, tmp_path)
        assert {record.value for record in study.records} == {0.5}, "nothing was trained"
        return study

    return run


def test_every_trial_sees_the_devices_that_it_holds(sweep: Callable[..., Study]) -> None:
    cases = [{"when": {"filters": [16]}, "gpus": 0.5}, {"when": {"filters": [32]}, "gpus": 1}]
    space = {"filters": {"choice": [8, 16, 32]}, "units": {"choice": [4, 8]}}
    study = sweep({"cases": cases}, space=space, sampler="grid", budget={"trials": 6})
    assert study.counts["COMPLETED"] == 6
    held = {(record.config["filters"], record.worker.gpus, record.worker.devices) for record in study.records}
    assert held == {(8, 0.0, "-1"), (16, 0.5, "0"), (32, 1.0, "0")}  # two halves share the one that there is


def test_trials_that_may_run_without_a_gpu_use_cpus_too(sweep: Callable[..., Study]) -> None:
    study = sweep({"gpus": 1, "alternatives": [{"cpus": 1}]}, budget={"trials": 4})
    assert study.counts["COMPLETED"] == 4
    assert {record.worker.devices for record in study.records} == {"0", "-1"}
