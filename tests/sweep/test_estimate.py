"""A dry run refuses what a run would refuse before it starts."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.estimates.compression_time import CompressionTime
from cnnsearch.sweep.estimates.estimate import estimate
from cnnsearch.sweep.estimates.following import with_all_that_follows


@pytest.mark.parametrize(
    ("keys", "module", "told"),
    [
        ({"sampler": "gp"}, "torch", "sampler: gp needs torch: pip install"),
        ({"tracking": {"mlflow": "file:runs"}}, "mlflow", "tracking.mlflow: needs mlflow: pip install"),
    ],
)
def test_what_must_be_installed_is_told_before_data_is_read(
    monkeypatch: pytest.MonkeyPatch, keys: dict[str, Any], module: str, told: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda each: None if each == module else find(each))
    monkeypatch.setattr("cnnsearch.sweep.estimates.estimate.load_data", lambda _: pytest.fail("read"))
    with pytest.raises(InputError, match=told):
        estimate(Experiment(name="x", space={"units": {"int": [8, 16]}}, **keys))


def test_more_processors_than_there_are_are_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read(_: Experiment) -> None:
        raise InputError(Problem("dataset", "is none"))

    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("cnnsearch.sweep.estimates.estimate.load_data", read)
    with pytest.raises(InputError, match="is none"):
        estimate(Experiment(name="x", space={"units": {"int": [8, 16]}}, resources={"cpus": 3}))
    assert caplog.messages == ["resources: a trial needs 3 CPUs, and this machine has 2: it cannot run here"]


def test_what_compressing_takes() -> None:
    """A network is trained once, however often it is quantized; the float model is made and timed too."""

    def time(**keys: Any) -> CompressionTime:
        return CompressionTime.of(Experiment(name="x", space={"units": {"int": [8, 16]}}, **keys), 2.0)

    halved = {"prune": {"sparsity": [0.5, 0.8], "epochs": 30}, "quantize": ["int8", "dynamic"]}
    assert time() == CompressionTime()
    assert str(time(compression=[{"quantize": "int8"}])).startswith("making and timing 2 files")
    searched = {"prune": {"sparsity": [0.2, 0.9], "step": 0.01, "epochs": 3}, "lose": 0.01, "trials": 4}
    found = time(compression=[searched])
    assert (found.epochs, found.files) == (12, 5), "as many shares as are tried"
    assert time(compression=[{**halved, "seeds": 3}]).epochs == 180
    assert str(time(compression=[halved])) == (
        "2 min 0 s for 60 epochs of training in it, on top; "
        "making and timing 7 files, some seconds each, is not counted"
    )


@pytest.mark.parametrize(
    ("budget", "trials", "seconds"),
    [
        ({"trials": 9}, 50.0, 50 + 60 + 20),
        ({"minutes": 1}, None, 60 + 60 + 20),
        ({"minutes": 1, "all": True}, None, 60),
        ({"minutes": 1, "all": True, "trials": 9}, 50.0, 60),
        ({"minutes": 9, "all": True, "trials": 9}, 50.0, 50 + 60 + 20),  # they end long before the minutes do
        ({"cost": {"most": 1.0, "node_hour": 1.0}}, None, None),
    ],
)
def test_what_follows_a_search_counts(budget: dict[str, Any], trials: float | None, seconds: float | None) -> None:
    """Six runs of ten epochs of 2 s on two workers, and a refit."""
    follows: dict[str, Any] = {"finalists": {"top": 2, "seeds": 3}, "final": "refit", "epochs": 10}
    experiment = Experiment(name="x", space={"units": {"int": [8, 16]}}, budget=budget, **follows)
    assert with_all_that_follows(experiment, trials, 1, 10.0, 2.0, 2) == seconds


def test_a_longer_refit_counts() -> None:
    experiment = Experiment(name="x", space={"units": {"int": [8, 16]}}, final="refit", refit_times=3)
    assert with_all_that_follows(experiment, 50.0, 1, 10.0, 2.0, 2) == 50 + 3 * 20
