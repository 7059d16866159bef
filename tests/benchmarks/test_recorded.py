"""Searches on the curves of a study."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.search.recorded import Recorded, compared
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore

SPACE = {
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "dropout": {"float": [0.0, 0.5]},
}


def curve(config: Config) -> list[float]:
    top = 0.9 - config["dropout"] - 0.1 * config.get("momentum", 0.5)
    return [top * epoch / 9 for epoch in range(1, 10)]


def study(folder: Path, trials: int, **keys: Any) -> Study:
    budget = {"trials": trials}
    given = {"name": "known", "space": SPACE, "epochs": 9, "sampler": "random", "scheduler": "none", "budget": budget}
    Simulation(LocalStore(folder), Experiment(**{**given, **keys}), curve, 2).run()
    return Study.load(LocalStore(folder))


def test_a_config_has_the_curve_of_the_trial_that_is_nearest(tmp_path: Path) -> None:
    found = study(tmp_path, 24)
    recorded = Recorded(found)
    for record in found.records:
        near = {**record.config, "dropout": record.config["dropout"] + 1e-9}
        assert recorded.curve("known", near).values == pytest.approx(curve(record.config))
    assert recorded.curve("known", found.records[0].config).seconds == (1.0,) * 9
    table = "\n".join(compared(found, workers=2, trainings=6, seeds=1))
    assert table.startswith("## known: 2 workers, 6 full trainings, 1 seeds")
    assert all(f"| {name} |" in table for name in ("auto + asha", "random", "tpe + asha"))


def test_of_a_loss_less_is_better(tmp_path: Path) -> None:
    found = study(tmp_path, 24, objective="val_loss")
    assert max(Recorded(found).curve("known", found.records[0].config).values) < 0


def test_what_was_stopped_tells_nothing(tmp_path: Path) -> None:
    stopping = {"name": "asha", "grace_epochs": 1, "reduction": 2}
    with pytest.raises(InputError, match="trials that ran through all of their epochs, and 20 are needed"):
        Recorded(study(tmp_path, 24, scheduler=stopping))


def test_curves_tell_of_one_objective() -> None:
    experiment = Experiment(name="two", space=SPACE, objective=["val_accuracy", "latency_ms"], budget={"trials": 2})
    with pytest.raises(InputError, match="two: has several objectives"):
        Recorded(cast(Study, SimpleNamespace(experiment=experiment)))
