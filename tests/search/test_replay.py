"""A study's proposals follow from its record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from recorded import report

import cnnsearch
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import Replayed, replay
from cnnsearch.search.samplers.spec import SAMPLERS
from cnnsearch.study import Study
from cnnsearch.study.sessions import with_session
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
SPACE = {
    "filters": {"choice": [4, 8, 16]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "dropout": {"float": [0.0, 0.5], "step": 0.1},
}


def run(store: LocalStore, experiment: Experiment, past: Past | None = None, until: int | None = None) -> None:
    """Trials on three workers that end in a random order, to the end of the budget or until so many have ended."""
    store.write("experiment.yaml", experiment.to_yaml())
    ledger = Ledger(store, experiment, ["a", "b"], 3, past=past)
    rng = np.random.default_rng(1)
    running = []
    while until is None or ledger.ended.get("COMPLETED", 0) < until:
        while (given := ledger.propose()) is not None:
            running.append(given)
        if not running:
            return
        given = running.pop(int(rng.integers(len(running))))
        trial = given["trial"]
        store.write(f"checkpoints/{trial}/{given['attempt']}/model.keras", "")
        value = float(np.random.default_rng((trial, 5)).random())
        ledger.report(trial, report(trial, {1: value}), asked=False)
        ledger.end(trial, True)


def test_a_value_that_python_takes_for_equal_is_no_agreement() -> None:
    assert Replayed(0, 0, {"norm": 1, "size": [8, 8]}, {"size": (8, 8), "norm": 1}).agrees
    assert not any(Replayed(0, 0, {"norm": 1}, {"norm": other}).agrees for other in (True, 1.0))


@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_every_proposal_is_made_again(tmp_path: Path, small: Small, sampler: str) -> None:
    options = {"tpe": {"startup_trials": 4}, "grid": {"points": 3}}.get(sampler, {})
    experiment = small(space=SPACE, sampler={"name": sampler, **options}, budget={"trials": 25})
    run(LocalStore(tmp_path), experiment)
    found = list(cnnsearch.replay(tmp_path))
    assert [each.trial for each in found] == list(range(25))
    assert all(each.agrees for each in found)
    assert found[-1].told >= 22


def test_also_after_a_driver_died_and_the_space_was_widened(tmp_path: Path, small: Small) -> None:
    store = LocalStore(tmp_path)
    narrow = small(space=SPACE, sampler={"name": "tpe", "startup_trials": 4}, budget={"trials": 25})
    run(store, narrow, until=9)
    run(store, narrow, Past.read(store), until=14)
    wide = narrow.updated({"space.filters": {"choice": [4, 8, 16, 32]}, "space.units": {"choice": [64, 128]}})
    past = Past.read(store)
    replaced = {"replaced": {"space": narrow.to_dict()["space"]}}
    store.write_json("environment.json", with_session({}, replaced, len(past.proposals)))
    run(store, wide, past)
    found = list(replay(Study.load(tmp_path)))
    assert [each.trial for each in found] == list(range(25))
    assert [each.trial for each in found if not each.agrees] == []
    assert any("units" in each.recorded for each in found)


def test_a_record_that_was_changed_does_not_agree(tmp_path: Path, small: Small) -> None:
    run(LocalStore(tmp_path), small(space=SPACE, budget={"trials": 6}))
    path = tmp_path / "proposals.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[3]["config"]["filters"] = 4 if lines[3]["config"]["filters"] != 4 else 8
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [each.trial for each in replay(tmp_path) if not each.agrees] == [3]
