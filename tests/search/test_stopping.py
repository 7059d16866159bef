"""Searches that end by what they have used or found: the same one however often their driver is killed. Simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_over
from cnnsearch.study.store import LocalStore

SPACE = {"dropout": {"float": [0.0, 0.5]}, "units": {"int": [1, 4000]}}
LIMITS: dict[str, dict[str, Any]] = {
    "epochs": {"budget": {"epochs": 40}},
    "worker_hours": {"budget": {"worker_hours": 36 / 3600}},
    "target": {"stop": {"target": 0.9}},
    "patience_trials": {"stop": {"patience_trials": 8}},
    "expected_gain": {"stop": {"expected_gain": 0.05}},
}


def curve(config: Config) -> list[float]:
    rng = np.random.default_rng(list(config_key(config).encode()))
    return (rng.uniform(0.3, 0.97) * np.linspace(0.5, 1.0, 4)).tolist()


def experiment_of(**keys: Any) -> Experiment:
    budget = {"trials": 300, **keys.pop("budget", {})}
    given: dict[str, Any] = {"space": SPACE, "epochs": 4, "sampler": "random", "scheduler": "none", "seed": 1}
    return Experiment(name="stopping", budget=budget, **{**given, **keys})


@pytest.mark.parametrize("name", list(LIMITS))
def test_the_first_limit_ends_the_search_and_is_named(tmp_path: Path, name: str) -> None:
    experiment = experiment_of(**LIMITS[name])
    Simulation(LocalStore(tmp_path), experiment, curve, 3).run()
    study = Study.load(tmp_path)
    assert study.ended_by is not None
    assert study.ended_by.split(":")[0].endswith(name)
    assert 3 < len(study.records) < 300
    assert not study.in_flight, "those that ran went on to their ends"
    assert is_over(study)
    assert study.summary()["ended_by"] == study.ended_by
    Simulation(LocalStore(tmp_path), experiment, curve, 3).run()
    assert len(Study.load(tmp_path).records) == len(study.records), "whoever goes on finds nothing to do"


@pytest.mark.parametrize("name", list(LIMITS))
def test_one_that_is_killed_ends_at_the_same_trial(tmp_path: Path, name: str) -> None:
    """One worker, so that nothing but the kill could make a difference."""
    experiment = experiment_of(**LIMITS[name])
    Simulation(LocalStore(tmp_path / "whole"), experiment, curve).run()
    whole = Study.load(tmp_path / "whole")
    for moment in (1, len(whole.records) // 2, len(whole.records) - 1):
        folder = tmp_path / str(moment)
        killed = Simulation(LocalStore(folder), experiment, curve)
        for _ in range(moment):
            killed.step()
        Simulation(LocalStore(folder), experiment, curve).run()
        study = Study.load(folder)
        assert [line.config for line in study.records] == [line.config for line in whole.records]
        assert study.ended_by == whole.ended_by


def test_without_a_limit_the_trials_are_named(tmp_path: Path) -> None:
    Simulation(LocalStore(tmp_path), experiment_of(budget={"trials": 5}), curve, 2).run()
    assert Study.load(tmp_path).ended_by == "budget.trials: all 5 trials ended"


def test_a_search_that_was_ended_goes_on_with_another_limit(tmp_path: Path) -> None:
    first = experiment_of(budget={"epochs": 20})
    Simulation(LocalStore(tmp_path), first, curve).run()
    before = Study.load(tmp_path).records
    assert sum(line.epochs for line in before) == 20
    more = experiment_of(budget={"epochs": 32})
    Simulation(LocalStore(tmp_path), more, curve).run()
    study = Study.load(tmp_path)
    assert sum(line.epochs for line in study.records) == 32
    assert study.records[: len(before)] == before
