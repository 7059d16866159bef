"""A search begins with what it is told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs import recommended
from cnnsearch.search.continuing import resolved_after
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.search.samplers import Outcome, make_sampler
from cnnsearch.search.simulation import Simulation
from cnnsearch.search.starts import resolved, studies_in
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore

SPACE: dict[str, Any] = {"filters": {"choice": [8, 16, 32]}, "learning_rate": {"float": [1e-3, 1e-2], "log": True}}
RECOMMENDED = {"filters": 16, "learning_rate": 1e-3}


def experiment(**keys: Any) -> Experiment:
    given = {"name": "a", "space": SPACE, "epochs": 2, "scheduler": "none", "budget": {"trials": 6}}
    return Experiment(**{**given, **keys})


def curve(config: dict[str, Any]) -> list[float]:
    return [0.1, 0.9 - config["learning_rate"] * config["filters"] / 32]


def simulated(folder: Path, searched: Experiment, steps: int | None = None) -> list[Any]:
    """What is proposed; where ``steps`` are given, by a search that was killed after so many and went on."""
    if steps is not None:
        folder.mkdir()
        cut = Simulation(LocalStore(folder), searched, curve, 2)
        for _ in range(steps):
            cut.step()
    folder.mkdir(exist_ok=True)
    Simulation(LocalStore(folder), searched, curve, 2).run()
    return [(line.origin, line.config) for line in Past.read(LocalStore(folder)).proposals]


@pytest.mark.parametrize("sampler", ["random", "tpe", {"name": "grid", "points": 3}])
def test_given_configs_come_first_whenever_the_driver_dies(tmp_path: Path, sampler: Any) -> None:
    start = [{"filters": 32}, "recommended", {"filters": 16, "learning_rate": 1e-3}, {"learning_rate": 0.004}]
    searched = experiment(start=start, sampler=sampler)
    proposed = simulated(tmp_path / "whole", searched)
    assert proposed[:3] == [
        ("start.0", {"filters": 32, "learning_rate": 1e-3}),
        ("recommended", RECOMMENDED),
        ("start.3", {"filters": 16, "learning_rate": 0.004}),
    ]
    assert [origin for origin, _ in proposed[3:]] == [None] * 3
    for steps in (1, 2, 4):
        assert simulated(tmp_path / f"cut {steps}", searched, steps) == proposed
    study = Study.load(tmp_path / "whole")
    assert all(each.agrees for each in replay(study))
    assert study.origins == {0: "start.0", 1: "recommended", 2: "start.3"}


def test_the_recommended_config_is_that_also_where_it_stands_first_by_another_name() -> None:
    """Else a scheduler would stop it."""
    found = resolved(experiment(start=[RECOMMENDED, {"filters": 8}, "recommended"]))
    assert [item.origin for item in found.start] == ["recommended", "start.1"]  # type: ignore[union-attr]
    assert resolved(found).start == found.start


@pytest.mark.parametrize(("never", "epochs"), [("recommended", 9), ("none", 1)])
def test_the_recommended_config_is_stopped_by_no_scheduler(tmp_path: Path, never: str, epochs: int) -> None:
    """It is the worst of all; the others are stopped as they would be without it."""
    keys: dict[str, Any] = {
        "epochs": 9,
        "never_stopped": never,
        "start": [{"filters": 32}, {"filters": 8}, "recommended"],
        "scheduler": {"name": "asha", "grace_epochs": 1, "reduction": 3},
        "budget": {"trials": 20},
        "sampler": "random",
    }

    def rising(config: dict[str, Any]) -> list[float]:
        value = 0.0 if config == RECOMMENDED else 0.5 + config["learning_rate"]
        return [value + 0.001 * epoch for epoch in range(9)]

    def searched(folder: Path, steps: int) -> list[tuple[Any, ...]]:
        folder.mkdir()
        cut = Simulation(LocalStore(folder), experiment(**keys), rising, 4)
        for _ in range(steps):
            cut.step()
        Simulation(LocalStore(folder), experiment(**keys), rising, 4).run()
        records = Study.load(folder).records
        return [(line.trial, line.state, line.epochs, line.audited) for line in sorted(records, key=lambda x: x.trial)]

    found = searched(tmp_path / "whole", 0)
    state, audited = ("COMPLETED", 1) if never == "recommended" else ("STOPPED", None)
    assert found[2] == (2, state, epochs, audited)
    assert any(each[1] == "STOPPED" for each in found[3:])
    for steps in (3, 9, 20):
        assert searched(tmp_path / f"cut {steps}", steps) == found


def test_to_the_sampler_it_is_as_if_it_had_proposed_it(tmp_path: Path) -> None:
    configs = [{"filters": 8, "learning_rate": 0.001 + 0.0001 * place} for place in range(11)]
    searched = experiment(start=configs, sampler="tpe", budget={"trials": 12})
    sampler = make_sampler(searched.sampler, searched.space, searched.seed, "max")
    for trial, config in enumerate(configs):
        sampler.recall(trial, config)
        first, last = curve(config)
        sampler.tell(trial, Outcome("COMPLETED", last, ((1, first), (2, last))))
    tmp_path.joinpath("study").mkdir()
    Simulation(LocalStore(tmp_path / "study"), searched, curve).run()
    assert Past.read(LocalStore(tmp_path / "study")).proposals[11].config == sampler.propose(11)


def test_the_best_of_a_study_come_as_near_as_the_space_does(tmp_path: Path) -> None:
    wide = {**SPACE, "filters": {"choice": [4, 64]}, "units": {"choice": [32, 64]}}
    old = [{"filters": 64, "learning_rate": 0.002, "units": 32}, {"filters": 4, "learning_rate": 0.01, "units": 64}]
    simulated(tmp_path / "old", experiment(space=wide, start=old, budget={"trials": 2}))
    found = resolved(experiment(start=["study:old"]), studies_in(tmp_path)).start
    assert [item.to_dict() for item in found if not isinstance(item, str)] == [
        {
            "config": {"filters": 8, "learning_rate": 0.01},
            "origin": "study:old, trial 1",
            "changed": ["filters 4 became 8", "units 64 became 128"],
        },
        {
            "config": {"filters": 32, "learning_rate": 0.002},
            "origin": "study:old, trial 0",
            "changed": ["filters 64 became 32", "units 32 became 128"],
        },
    ]


def test_a_study_that_cannot_help_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"start.0: no study folder of that name .*study:new"):
        resolved(experiment(start=["study:new"]), studies_in(tmp_path))
    with pytest.raises(InputError, match=r"start.0: names a study, and there are none here"):
        Simulation(LocalStore(tmp_path), experiment(start=["study:new"]), curve)
    (tmp_path / "empty").mkdir()
    empty = experiment(start="none")
    LocalStore(tmp_path / "empty").write("experiment.yaml", empty.to_yaml())
    with pytest.raises(InputError, match=r"start\.0: has no trial with a value to begin with"):
        resolved(experiment(start=["study:empty"]), studies_in(tmp_path))
    space = {"backbone": "mobilenet", "learning_rate": SPACE["learning_rate"]}
    with pytest.raises(InputError, match=r"start\.0: is a study of model 'cnn', and this one searches 'transfer'"):
        resolved(experiment(model="transfer", space=space, start=["study:empty"]), studies_in(tmp_path))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"start": "recommended"},
            [
                "start: recommended: model 'commands:call' is a function, which recommends nothing: the search begins "
                "without it"
            ],
        ),
        ({}, []),
    ],
    ids=["asked for", "by default"],
)
def test_that_a_function_recommends_nothing_is_said_to_who_asked_for_it(
    caplog: pytest.LogCaptureFixture, keys: dict[str, Any], said: list[str]
) -> None:
    searched = resolved(experiment(model="commands:call", space={"width": {"choice": [4, 8]}}, **keys))
    assert searched.start == ()
    assert [record.message for record in caplog.records] == said


def test_a_config_that_cannot_keep_the_constraints_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a range that nothing lists, and in which no draw met what is left."""
    monkeypatch.setattr(recommended, "_DRAWS", 0)
    space = {**SPACE, "dropout": {"float": [0.0, 0.5]}}
    searched = experiment(space=space, constraints=["dropout > 0.31", "dropout < 0.32"])
    Simulation(LocalStore(tmp_path / "old"), experiment(space=space, budget={"trials": 1}), curve).run()
    begun = resolved(searched.updated({"start": ["recommended", "study:old"]}), studies_in(str(tmp_path)))
    assert begun.start == ()
    rule = "no config near to it was found that keeps the constraints: the search begins without it"
    assert caplog.messages == [f"start: recommended: {rule}", f"start: study:old, trial 0: {rule}"]
    again = resolved_after(searched, begun, studies_in(str(tmp_path)))
    assert again.start == (), "whoever goes on with it begins with the same"
