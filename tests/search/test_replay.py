"""A study's proposals follow from its record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import Replayed, replay
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.record.sessions import with_session
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
SPACE = {
    "filters": {"choice": [4, 8, 16]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "dropout": {"float": [0.0, 0.5], "step": 0.1},
}


def curve(config: Config) -> list[float]:
    return [float(np.random.default_rng(list(config_key(config).encode())).random())]


def run(store: LocalStore, experiment: Experiment, trials: int) -> None:
    """Until so many have ended; three run at once."""
    simulation = Simulation(store, experiment, curve, workers=3, seconds=lambda config: curve(config)[0])
    for _ in range(trials):
        simulation.step()


def test_a_value_that_python_takes_for_equal_is_no_agreement() -> None:
    assert Replayed(0, 0, {"norm": 1, "size": [8, 8]}, {"size": (8, 8), "norm": 1}).agrees
    assert not any(Replayed(0, 0, {"norm": 1}, {"norm": other}).agrees for other in (True, 1.0))


def test_also_after_a_driver_died_and_the_space_was_widened(tmp_path: Path, small: Small) -> None:
    store = LocalStore(tmp_path)
    narrow = small(space=SPACE, sampler={"name": "tpe", "startup_trials": 4}, budget={"trials": 25})
    run(store, narrow, 9)
    run(store, narrow, 5)
    wide = narrow.updated({"space.filters": {"choice": [4, 8, 16, 32]}, "space.units": {"choice": [64, 128]}})
    past = Past.read(store)
    replaced = {"replaced": {"space": narrow.to_dict()["space"]}}
    store.write_json("environment.json", with_session({}, replaced, len(past.proposals)))
    run(store, wide, 11)
    found = list(replay(Study.load(tmp_path)))
    assert [each.trial for each in found] == list(range(25))
    assert [each.trial for each in found if not each.agrees] == []
    assert any("units" in each.recorded for each in found)


@pytest.mark.parametrize("sampler", [{"name": "tpe", "startup_trials": 4}, "random", {"name": "grid", "points": 3}])
def test_also_after_a_driver_died_and_its_constraints_were_changed(tmp_path: Path, small: Small, sampler: Any) -> None:
    store = LocalStore(tmp_path)
    texts = ["momentum >= 0.3", "dropout * filters <= 2.4"]
    first = small(space=SPACE, sampler=sampler, constraints=texts, budget={"trials": 16})
    run(store, first, 5)
    then = first.updated({"constraints": texts[1:]})
    past = Past.read(store)
    store.write_json("environment.json", with_session({}, {"replaced": {"constraints": texts}}, len(past.proposals)))
    run(store, then, 11)
    found = list(replay(Study.load(tmp_path)))
    assert [each.trial for each in found] == list(range(16))
    assert [each.trial for each in found if not each.agrees] == []
    assert all(then.space.allows(each.recorded) for each in found)
    broken = [each.trial for each in found if not first.space.allows(each.recorded)]
    assert broken
    assert min(broken) >= len(past.proposals)


def test_a_record_that_was_changed_does_not_agree(tmp_path: Path, small: Small) -> None:
    run(LocalStore(tmp_path), small(space=SPACE, budget={"trials": 6}), 6)
    path = tmp_path / "proposals.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[3]["config"]["filters"] = 4 if lines[3]["config"]["filters"] != 4 else 8
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [each.trial for each in replay(tmp_path) if not each.agrees] == [3]
