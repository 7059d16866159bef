"""Runs in a database of MLflow's own, read back by its client."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from tracked import CONFIGS, START, epoch, happen

pytest.importorskip("mlflow", reason="needs the extra mlflow")

from mlflow.tracking import MlflowClient

from cnnsearch.sweep.tracking.mlflow import MlflowTracker

STUDY = "s3://bucket/studies/it's-mine"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def warnings_of_mlflow() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's, of MLflow
        yield


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture(scope="module")
def runs(uri: str) -> dict[str, Any]:
    """Name of a run -> the run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        happen(MlflowTracker(uri, "digits cnn", STUDY))
        return found(uri)


def found(uri: str) -> dict[str, Any]:
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("digits cnn")
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}


def test_trials_are_runs_below_that_of_the_study(runs: dict[str, Any]) -> None:
    parent = runs.pop("it's-mine")
    assert parent.data.tags["cnnsearch.study"] == STUDY
    assert sorted(runs) == ["trial 0", "trial 1", "trial 2"]
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}


def test_params_are_the_config(runs: dict[str, Any]) -> None:
    assert runs["trial 0"].data.params == {name: str(value) for name, value in CONFIGS[0].items()}


def test_metrics_stand_at_their_epochs_and_times(uri: str, runs: dict[str, Any]) -> None:
    history = MlflowClient(uri).get_metric_history(runs["trial 0"].info.run_id, "val_accuracy")
    expected = [(1, 0.5, START + 1), (2, 0.75, START + 2), (3, 0.625, START + 3)]
    assert [(metric.step, metric.value, metric.timestamp / 1000) for metric in history] == expected
    assert runs["trial 0"].data.metrics["best.val_accuracy"] == 0.75
    assert runs["trial 0"].data.metrics["cost.parameters"] == 1234


def test_states_are_told(runs: dict[str, Any]) -> None:
    assert {name: run.info.status for name, run in runs.items() if name.startswith("trial")} == {
        "trial 0": "FINISHED",
        "trial 1": "FAILED",
        "trial 2": "KILLED",
    }
    assert runs["trial 1"].data.tags["reason"] == "loss is not finite"


def test_a_resumed_sweep_goes_on_in_the_same_runs(uri: str, runs: dict[str, Any]) -> None:
    before = {name: run.info.run_id for name, run in runs.items()}
    again = MlflowTracker(uri, "digits cnn", STUDY)
    again.epochs(2, CONFIGS[2], [epoch(2, 2, 0.5)])
    again.close()
    after = found(uri)
    assert {name: run.info.run_id for name, run in after.items()} | before == {
        name: run.info.run_id for name, run in after.items()
    }
    assert len(after) == 4
    assert after["trial 2"].data.metrics["val_accuracy"] == 0.5
