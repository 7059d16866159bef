"""Configs whose models would break limits that are known before training: refused, recorded, sampled around."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.control import Control
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import Queue, Request
from cnnsearch.study.refused import refused_in_words
from cnnsearch.study.store import LocalStore

SPACE = {
    "filters": {"int": [4, 64], "log": True},
    "units": {"int": [8, 128]},
    "dropout": {"float": [0.0, 0.5]},
}
LIMITS = {"parameters": 1000, "latency_ms": 20}
OPTIONS: dict[str, dict[str, Any]] = {
    "tpe": {"startup_trials": 4},
    "bohb": {"startup_trials": 4},
    "grid": {"points": 5},
    "nsga2": {"population": 4},
    "nsga3": {"population": 4},
}
SAMPLER_NAMES = [name for name in SAMPLERS if name not in ("auto", "gp", "cma-es", "optunahub")]
TRIALS = 8


def sizes(config: Config) -> dict[str, float]:
    """From 32 to 8,192 weights; a quarter of the configs have at most 1,000."""
    return {"parameters": float(config["filters"] * config["units"])}


def experiment_of(sampler: str, **keys: Any) -> Experiment:
    defaults: dict[str, Any] = {"space": SPACE, "epochs": 3, "budget": {"trials": TRIALS}, "limits": LIMITS}
    return Experiment(
        name="held",
        sampler={"name": sampler, **OPTIONS.get(sampler, {})},
        scheduler="none",
        start="none",
        seed=5,
        **{**defaults, **keys},
    )


def simulation_of(folder: Path, experiment: Experiment) -> Simulation:
    return Simulation(
        LocalStore(folder),
        experiment,
        lambda config: [config["filters"] / 64] * 3,  # best where the limit is broken most
        workers=2,
        cost=lambda config: {**sizes(config), "latency_seconds": 0.001},
        sizes=sizes,
    )


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_no_config_that_breaks_them_is_a_trial(tmp_path: Path, sampler: str) -> None:
    """Nor does it cost one; a driver's death changes nothing, and the record alone tells what would be proposed."""
    experiment = experiment_of(sampler)
    for name, deaths in (("whole", ()), ("killed", (1, 3))):
        folder = tmp_path / name
        folder.mkdir()
        for steps in (*deaths, 1000):
            simulation = simulation_of(folder, experiment)
            for _ in range(steps):
                simulation.step()
    whole, killed = (Study.load(tmp_path / name) for name in ("whole", "killed"))
    assert len(whole.proposals) == len(whole.ranked) == TRIALS
    assert all(sizes(line.config)["parameters"] <= 1000 for line in whole.proposals)
    refused = [each for line in whole.proposals for each in line.refusals]
    assert whole.refused == len(refused) > 0
    assert all(each.cost == sizes(each.config) and each.cost["parameters"] > 1000 for each in refused)
    assert len({config_key(each.config) for each in [*refused, *whole.proposals]}) == len(refused) + TRIALS
    assert [(line.config, line.refusals) for line in killed.proposals] == [
        (line.config, line.refusals) for line in whole.proposals
    ]
    assert all(each.agrees for each in replay(killed))
    assert refused_in_words(whole) == (
        f"{len(refused)} configs were refused and cost no trial, as limits would have been broken "
        f"(limits.parameters {len(refused)})"
    )


def test_a_list_is_gone_through_to_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A grid: each point that keeps the limit, and no draw in place of the others."""
    space = {"filters": {"choice": [4, 16, 64]}, "units": {"choice": [8, 32, 128]}}
    experiment = experiment_of("grid", space=space).updated({"sampler": {"name": "grid"}, "seed": 3})
    simulation = simulation_of(tmp_path, experiment)
    assert simulation.search.exhausted is None
    simulation.run()
    assert simulation.search.exhausted == 1, "no proposal tells of that one"
    study = Study.load(tmp_path)
    assert {(line.config["filters"], line.config["units"]) for line in study.proposals} == {
        (filters, units) for filters in (4, 16, 64) for units in (8, 32, 128) if filters * units <= 1000
    }
    ended = "limits: the grid ends with 1 config that would have broken them: no other trial is proposed"
    assert ended in caplog.messages, "not that nothing was found that keeps them"


def test_where_nothing_is_left_that_keeps_them_the_search_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Three configs of 61 x 121 keep the limit: after them 20 proposals and 500 draws are refused."""
    space = {name: SPACE[name] for name in ("filters", "units")}
    with caplog.at_level(logging.WARNING):
        simulation_of(tmp_path, experiment_of("random", space=space, limits={"parameters": 33})).run()
    study = Study.load(tmp_path)
    assert {(line.config["filters"], line.config["units"]) for line in study.proposals} <= {(4, 8)}
    assert "limits: 520 configs in a row were refused, as their models would break them" in caplog.text


@pytest.mark.parametrize("sampler", ["bohb", "tpe"])
def test_what_the_sampler_hears_of_them_sends_it_elsewhere(tmp_path: Path, sampler: str) -> None:
    """The objective is best where the limit is broken most; random draws break it fourteen times in fifteen."""
    simulation_of(tmp_path, experiment_of(sampler, budget={"trials": 16}, limits={"parameters": 150})).run()
    refused = sum(len(line.refusals) for line in Past.read(LocalStore(tmp_path)).proposals)
    assert refused / (refused + 16) < 0.85


def test_without_a_limit_that_is_known_before_nothing_is_counted(tmp_path: Path) -> None:
    def uncounted(_: Config) -> dict[str, float]:
        raise AssertionError

    experiment = experiment_of("random", limits={"latency_ms": 20}, budget={"trials": 2})
    Simulation(LocalStore(tmp_path), experiment, lambda _: [0.5] * 3, sizes=uncounted).run()
    assert Study.load(tmp_path).refused == 0


def test_a_config_of_a_user_that_breaks_them_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Also one that the sampler had proposed: no trial has had it."""
    simulation = simulation_of(tmp_path, experiment_of("random"))
    simulation.step()
    store = LocalStore(tmp_path)
    control = Control(simulation.search, store, Clock.started(), ())
    refused = next(each.config for line in Past.read(store).proposals for each in line.refusals)
    large = {"filters": 64, "units": 128, "dropout": 0.1}
    control.answer([Request.of(Queue(config), number) for number, config in enumerate((large, refused))])
    reasons = [line.refused for line in Past.read(store).requests]
    assert reasons[0] == "its model would break limits.parameters: 8192, at most 1000"
    assert str(reasons[1]).startswith("its model would break limits.parameters: ")
    assert not simulation.search.wishes.queued
