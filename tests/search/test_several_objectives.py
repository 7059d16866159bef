"""Searches for several objectives: proposals over drivers' deaths, the front, the choice, the models of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.decisions import Decisions
from cnnsearch.search.rebuilding import Past, rebuild_decisions
from cnnsearch.search.replay import replay
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.search.schedulers import Decision, Stop
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import front_model
from cnnsearch.study.winner.best_model import find_best

SPACE = {"filters": {"int": [1, 60]}, "dropout": {"float": [0.0, 0.5]}}
OPTIONS: dict[str, dict[str, Any]] = {
    "tpe": {"startup_trials": 4},
    "bohb": {"startup_trials": 4},
    "nsga2": {"population": 4},
    "nsga3": {"population": 4},
    "grid": {"points": 5},
}
SEVERAL = [
    name for name, spec in SAMPLERS.items() if spec.make_several is not None and name not in ("auto", "grid", "qmc")
]


def experiment_of(sampler: str = "random", trials: int = 8, epochs: int = 2, **keys: Any) -> Experiment:
    """Without a scheduler, unless ``keys`` name one."""
    keys.setdefault("scheduler", "none")
    return Experiment(
        name="several",
        objective=["val_accuracy", "latency_ms", "parameters"],
        sampler={"name": sampler, **OPTIONS.get(sampler, {})},
        space=SPACE,
        epochs=epochs,
        budget={"trials": trials},
        start="none",
        seed=2,
        **keys,
    )


def value(config: Config) -> float:
    """Better with more filters, and without dropout."""
    return float(0.1 + 0.9 * config["filters"] / (10 + config["filters"]) - 0.2 * config["dropout"])


def simulation_of(folder: Path, experiment: Experiment) -> Simulation:
    folder.mkdir(exist_ok=True)
    return Simulation(
        LocalStore(folder),
        experiment,
        lambda config: [value(config) / 2, value(config)],
        workers=2,
        cost=lambda config: {"parameters": 7.0, "latency_seconds": 0.001 * config["filters"], "model_bytes": 28.0},
    )


@pytest.mark.parametrize("sampler", SEVERAL)
def test_the_front_is_what_no_trial_beats_whatever_dies(tmp_path: Path, sampler: str) -> None:
    experiment = experiment_of(sampler)
    simulation_of(tmp_path / "whole", experiment).run()
    for steps in (3, 1000):
        simulation = simulation_of(tmp_path / "killed", experiment)
        for _ in range(steps):
            simulation.step()
    whole, killed = (Study.load(tmp_path / name) for name in ("whole", "killed"))
    assert [line.config for line in killed.proposals] == [line.config for line in whole.proposals]
    assert all(each.agrees for each in replay(killed))
    told = [(line.best_value, line.config["filters"], line.trial) for line in whole.records]
    front = {
        trial
        for mine, filters, trial in told
        if not any(other >= mine and fewer <= filters and (other, fewer) != (mine, filters) for other, fewer, _ in told)
    }
    assert {line.trial for line in whole.front} == front
    assert whole.best is not None
    assert whole.best.trial == max(told)[2]
    assert {line.trial for line in whole.ranked[: len(front)]} == front
    assert whole.ranked[0].trial == whole.best.trial
    for study in (whole, killed):
        held = find_best(study)
        assert held is not None
        assert held.problem is None
        assert json.loads(study.store.read("best/metrics.json"))["trial"] == study.best.trial  # type: ignore[union-attr]
        kept = {trial for trial in range(8) if study.store.exists(front_model(trial))}
        assert kept == front - {study.best.trial}  # type: ignore[union-attr]


def test_the_choice_is_the_quickest_of_those_that_are_nearly_the_best(tmp_path: Path) -> None:
    """It may be an older trial than the one that raises the bar: its model has been kept."""
    choose = {"within": 0.05, "of": "val_accuracy", "then": "latency_ms"}
    simulation_of(tmp_path, experiment_of(trials=25, choose=choose)).run()
    study = Study.load(tmp_path)
    values = {line.trial: line.best_value for line in study.records}
    near = [line for line in study.records if line.best_value >= max(values.values()) - 0.05]
    assert study.best is not None
    assert study.best.trial == min(near, key=lambda line: line.config["filters"]).trial
    assert values[study.best.trial] < max(values.values())
    held = find_best(study)
    assert held is not None
    assert held.problem is None
    assert [row["trial"] for row in study.summary(brief=True)["front"]] == [line.trial for line in study.front]


@pytest.mark.parametrize("sampler", ["bohb", "tpe"])
def test_what_learns_looks_along_the_front(tmp_path: Path, sampler: str) -> None:
    """Without dropout a config is on the front, whatever its filters: what learns proposes less of it."""
    simulation_of(tmp_path, experiment_of(sampler, trials=40)).run()
    dropouts = [line.config["dropout"] for line in Study.load(tmp_path).proposals[20:]]
    assert sum(dropouts) / len(dropouts) < 0.17


HALVING: list[dict[str, Any]] = [
    {"name": "asha", "grace_epochs": 1, "reduction": 2},
    {"name": "hyperband", "grace_epochs": 1, "reduction": 2, "brackets": 2},
]


def measured_anew(experiment: Experiment, folder: Path, driver: int) -> Simulation:
    """Trials whose latency is measured again at each report, and is never the same; three workers."""
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(driver)
    return Simulation(
        LocalStore(folder),
        experiment,
        lambda config: [value(config) * (1 - 0.5**epoch) for epoch in range(1, experiment.epochs + 1)],
        workers=3,
        seconds=lambda config: 1 + config["filters"] % 7,
        cost=lambda config: {
            "parameters": float(config["filters"] // 4),
            "latency_seconds": 0.001 * config["filters"] * float(noise.uniform(0.5, 2)),
        },
    )


@pytest.mark.parametrize("scheduler", HALVING, ids=lambda each: each["name"])
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_halving_by_fronts_decides_again_from_the_record_as_it_did(
    tmp_path: Path, sampler: str, scheduler: dict[str, Any]
) -> None:
    """Whenever the driver dies, the next one's scheduler has seen what the one before it saw."""
    experiment = experiment_of(sampler, trials=30, epochs=8, scheduler=scheduler)
    for driver in range(40):
        simulation = measured_anew(experiment, tmp_path, driver)
        if not all(simulation.step() for _ in range(7)):
            break
    study = Study.load(tmp_path)
    assert len(study.records) == 30
    assert all(each.agrees for each in replay(study))
    past, made = Past.read(study.store), Recorded(Decisions.of(experiment, lambda _trial, _epoch: None))
    rebuild_decisions(past, made, experiment)  # type: ignore[arg-type]
    stopped = {(line.trial, line.epochs) for line in study.records if line.state == "STOPPED"}
    assert {(trial, epoch) for trial, epoch, decision in made.made if decision == Stop()} == stopped
    assert 8 < len(stopped) < 25
    costs = [line.cost for line in past.epochs if line.asked]
    assert all(cost is not None and cost.keys() == {"parameters", "latency_seconds"} for cost in costs)
    assert all(line.cost is None for line in past.epochs if not line.asked)


class Recorded:
    """Decisions, and what was decided."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self.made: list[tuple[int, int, Decision]] = []

    def decide(self, trial: int, epoch: int, score: float, beside: tuple[float, ...] = ()) -> Decision:
        self.made.append((trial, epoch, self._decisions.decide(trial, epoch, score, beside)))
        return self.made[-1][2]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decisions, name)


def test_what_is_best_in_any_objective_may_go_on_where_one_score_would_stop_it(tmp_path: Path) -> None:
    """Small models are weak and quick: with one objective none of them lives, with several the front has both ends."""
    asha = HALVING[0]
    several = experiment_of(trials=40, epochs=8, scheduler=asha)
    simulation_of(tmp_path / "several", several).run()
    simulation_of(tmp_path / "one", several.updated({"objective": "val_accuracy", "choose": None})).run()
    fewest, most = [], []
    for name in ("several", "one"):
        done = [line.config["filters"] for line in Study.load(tmp_path / name).records if line.state == "COMPLETED"]
        fewest.append(min(done))
        most.append(max(done))
    assert fewest[0] < 5 < 20 < fewest[1]
    assert min(most) > 40
