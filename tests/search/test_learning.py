"""A search with priors, and one that learns from earlier studies, whenever its driver dies."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.search.continuing import resolved_after
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.search.simulation import Simulation
from cnnsearch.search.starts import resolved, studies_in
from cnnsearch.space.priors import NEAR_START
from cnnsearch.study import Study
from cnnsearch.study.guidance import Guide, guidance_in_words, guides_of
from cnnsearch.study.store import LocalStore

SPACE: dict[str, Any] = {
    "filters": {"int": [1, 64]},
    "learning_rate": {"float": [1e-3, 1e-1], "log": True},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
}
PRIOR = {**SPACE, "filters": {"int": [1, 64], "prior": {"value": 60, "sure": "strong"}}}


def experiment(**keys: Any) -> Experiment:
    given = {"name": "a", "space": SPACE, "epochs": 3, "scheduler": {"name": "asha", "grace_epochs": 1, "reduction": 2}}
    return Experiment(**{**given, "budget": {"trials": 24}, "sampler": {"name": "bohb", "startup_trials": 8}, **keys})


def curve(config: dict[str, Any]) -> list[float]:
    """Good are many filters."""
    return [config["filters"] / 128, config["filters"] / 100, config["filters"] / 80 - config["learning_rate"]]


def sizes(config: dict[str, Any]) -> dict[str, float]:
    return {"parameters": 10_000.0 * config["filters"]}


def simulated(folder: Path, searched: Experiment, *steps: int) -> list[Any]:
    """What is proposed, by a search that was killed after each of so many steps and went on."""
    folder.mkdir()
    for count in steps:
        cut = Simulation(LocalStore(folder), searched, curve, 3, sizes=sizes)
        for _ in range(count):
            cut.step()
    Simulation(LocalStore(folder), searched, curve, 3, sizes=sizes).run()
    return [(line.origin, line.config) for line in Past.read(LocalStore(folder)).proposals]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A study in which many filters were good."""
    start = [{"filters": filters, "learning_rate": 0.01, "optimizer": "adam"} for filters in range(21, 41)]
    simulated(tmp_path / "old", experiment(start=start, budget={"trials": 20}, scheduler="none", epochs=1))
    return tmp_path


@pytest.mark.parametrize(
    "keys", [{"sampler": "random"}, {}, {"limits": {"parameters": 600_000}}], ids=["random", "bohb", "limits"]
)
def test_priors_hold_over_a_drivers_death(tmp_path: Path, keys: Any) -> None:
    searched = experiment(space=PRIOR, **keys)
    proposed = simulated(tmp_path / "whole", searched)
    assert 5 <= [origin for origin, _ in proposed].count("prior") <= 19
    assert all(config["filters"] > 45 for origin, config in proposed if origin == "prior")
    for steps in ((3,), (9,), (5, 7, 9)):
        study = tmp_path / f"cut {steps}"
        assert len(simulated(study, searched, *steps)) == 24
        assert all(each.agrees for each in replay(Study.load(study)))
    assert all(each.agrees for each in replay(Study.load(tmp_path / "whole")))


def test_one_worker_proposes_the_same_wherever_it_was_cut(tmp_path: Path) -> None:
    searched = experiment(space=PRIOR, budget={"trials": 16})

    def run(name: str, *steps: int) -> list[Any]:
        (tmp_path / name).mkdir()
        store = LocalStore(tmp_path / name)
        for count in steps:
            cut = Simulation(store, searched, curve)
            for _ in range(count):
                cut.step()
        Simulation(store, searched, curve).run()
        return [(line.origin, line.config) for line in Past.read(store).proposals]

    whole = run("whole")
    assert run("early", 4) == run("late", 22) == run("often", 6, 9, 11) == whole


def test_what_was_learnt_is_in_the_record(old: Path) -> None:
    searched = resolved(experiment(learn_from="old", budget={"trials": 12}), studies_in(old))
    (learnt,) = searched.learn_from
    assert isinstance(learnt, EarlierStudy)
    assert (learnt.study, learnt.trials) == ("old", 20)
    assert [config["filters"] for config in learnt.good] == [40, 39, 38]  # the best first
    assert Experiment.from_text(searched.to_yaml().encode(), "a study") == searched
    shutil.rmtree(old / "old")
    proposed = simulated(old / "new", searched, 5, 4)
    assert {origin for origin, _ in proposed} == {"recommended", None, "learnt from old"}
    assert all(config["filters"] > 10 for origin, config in proposed if origin == "learnt from old")
    assert all(each.agrees for each in replay(Study.load(old / "new")))


def test_only_what_both_search_is_learnt(old: Path) -> None:
    space = {"filters": {"choice": [8, 32]}, "units": {"int": [8, 16]}, "learning_rate": 0.01}
    (learnt,) = resolved(experiment(space=space, learn_from=["old"]), studies_in(old)).learn_from
    assert isinstance(learnt, EarlierStudy)
    assert [set(config) for config in learnt.good] == [{"filters"}] * 3


def test_a_study_that_cannot_help_is_told(old: Path) -> None:
    find = studies_in(old)
    with pytest.raises(InputError, match=r"learn_from.0: no study folder of that name .*none"):
        resolved(experiment(learn_from=["none"]), find)
    with pytest.raises(InputError, match=r"learn_from.0: searched nothing that this one searches: filters, learning"):
        resolved(experiment(space={"units": {"int": [8, 16]}}, learn_from=["old"]), find)
    transfer = {"backbone": "mobilenet", "learning_rate": SPACE["learning_rate"]}
    with pytest.raises(InputError, match=r"learn_from.0: is a study of model 'cnn', and this one searches 'transfer'"):
        resolved(experiment(model="transfer", space=transfer, learn_from=["old"]), find)
    (old / "empty").mkdir()
    LocalStore(old / "empty").write("experiment.yaml", experiment(start="none").to_yaml())
    with pytest.raises(InputError, match=r"learn_from.1: has no trial with a value to learn from"):
        resolved(experiment(learn_from=["old", "empty"]), find)
    with pytest.raises(InputError, match=r"learn_from.0: names a study, and there are none here"):
        resolved(experiment(learn_from=["old"]))


def test_whether_it_helped_is_told(tmp_path: Path) -> None:
    bad = {**SPACE, "filters": {"int": [1, 64], "prior": {"value": 1, "sure": "strong"}}}
    simulated(tmp_path / "good", experiment(space=PRIOR, sampler="random"))
    simulated(tmp_path / "bad", experiment(space=bad, sampler="random"))
    simulated(tmp_path / "none", experiment())
    good, wrong = Study.load(tmp_path / "good"), Study.load(tmp_path / "bad")
    (helped,), (harmed,) = guides_of(good), guides_of(wrong)
    own = [trial for trial, origin in good.origins.items() if origin == "prior"]
    order = [line.trial for line in good.ranked]
    won = sum(order.index(mine) < order.index(other) for mine in own for other in order if other not in own)
    assert helped == Guide(
        "prior", len(own), 24 - len(own), won / (len(own) * (24 - len(own))), good.ranked[0].trial in own
    )
    assert helped.beaten is not None
    assert helped.beaten > 0.7
    assert guidance_in_words(good)[0].startswith(f"{len(own)} trials were drawn from the priors: one beats ")
    assert "so it helped" in guidance_in_words(good)[0]
    assert harmed.beaten is not None
    assert harmed.beaten < 0.2
    assert harmed.trials <= 5
    assert guidance_in_words(wrong)[0].endswith("in the mean, so it did not help")
    assert guides_of(Study.load(tmp_path / "none")) == ()


@pytest.mark.parametrize(
    ("guide", "words"),
    [
        (Guide("prior", 0, 5, None, False), "no trial that ended was drawn from the priors"),
        (Guide("prior", 2, 0, None, True), "2 trials were drawn from the priors, with no others to compare"),
        (
            Guide("learnt from old", 1, 9, 1.0, True),
            "1 trial was learnt from old: one beats 100% of the 9 others in the mean, and one alone says nothing; "
            "the best trial is one of them",
        ),
        (
            Guide("learnt from old", 4, 9, 0.5, False),
            "4 trials were learnt from old: one beats 50% of the 9 others in the mean, so it did not help",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_told_in_words(guide: Guide, words: str) -> None:
    assert guide.in_words == words


@pytest.mark.parametrize("sampler", ["random", "bohb"])
def test_near_the_start_holds_over_a_drivers_death(tmp_path: Path, sampler: str) -> None:
    starts = ["recommended", {"filters": 60, "learning_rate": 0.01, "optimizer": "adam"}]
    searched = experiment(sampler={"name": sampler, "prior": "start"}, start=starts)
    proposed = simulated(tmp_path / "whole", searched)
    near = [config for origin, config in proposed if origin == NEAR_START]
    assert 5 <= len(near) <= 19
    usual = resolved(searched).start[0].config["filters"]  # type: ignore[union-attr]
    far = [config for config in near if min(abs(config["filters"] - each) for each in (usual, 60)) > 25]
    assert len(far) < len(near) / 4
    for steps in ((3,), (9,), (5, 7, 9)):
        study = tmp_path / f"cut {steps}"
        assert len(simulated(study, searched, *steps)) == 24
        assert all(each.agrees for each in replay(Study.load(study)))
    (told,) = guidance_in_words(Study.load(tmp_path / "whole"))
    assert told.startswith(f"{len(near)} trials were drawn near the start: one beats")


def test_a_file_with_which_a_study_goes_on_means_what_it_meant(old: Path) -> None:
    written = experiment(
        learn_from=["old"], start=["recommended", {"filters": 3}], sampler={"name": "auto", "prior": "defaults"}
    )
    begun = resolved(written, studies_in(old))
    shutil.rmtree(old / "old")
    assert resolved_after(written, begun, studies_in(old)) == begun
    wider = written.updated({"space.filters": {"int": [1, 128]}})
    found = resolved_after(wider, begun, studies_in(old))
    assert change_problems(begun, found, []) == []
    assert found.space["filters"].prior is not None
    for start in (["recommended"], ["recommended", {"filters": 4}], ["recommended", {"filters": 3}, {"filters": 5}]):
        (problem,) = change_problems(
            begun, resolved_after(written.updated({"start": start}), begun, studies_in(old)), []
        )
        assert problem.where == "start"
