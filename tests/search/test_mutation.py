"""What mutates, and how."""

from __future__ import annotations

from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.mutable import mutable
from cnnsearch.search.mutation import Mutation

SPACE = {
    "filters": {"choice": [4, 8]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "dropout": {"float": [0.0, 0.5], "step": 0.1},
    "learning_rate": {"float": [0.001, 0.1], "log": True},
    "learning_rate_schedule": {"choice": ["constant", "cosine", "step"]},
    "decay_epochs": {"int": [5, 10]},
    "l2": {"choice": [0.0, 0.001]},
    "batch_size": 64,
}
CONFIG = {
    "filters": 4,
    "optimizer": "adam",
    "dropout": 0.3,
    "learning_rate": 0.01,
    "learning_rate_schedule": "cosine",
    "decay_epochs": 5,
    "l2": 0.001,
    "batch_size": 64,
}


def experiment(**keys: Any) -> Experiment:
    scheduler = {"name": "pbt", **keys.pop("scheduler", {})}
    return Experiment(**{"name": "x", "space": SPACE, "scheduler": scheduler, "start": "none", **keys})


def test_runtime_parameters_in_a_range_mutate() -> None:
    assert mutable(experiment()) == ("momentum", "dropout", "learning_rate")


def test_kin_are_those_that_differ_in_nothing_else() -> None:
    kin = Mutation(experiment()).kin
    assert kin(CONFIG) == kin({**CONFIG, "dropout": 0.1, "learning_rate": 0.1})
    for name, value in (("filters", 8), ("learning_rate_schedule", "constant"), ("decay_epochs", 6), ("l2", 0.0)):
        assert kin(CONFIG) != kin({**CONFIG, name: value})


def test_numbers_grow_or_shrink_by_the_factor_and_stay_in_the_space() -> None:
    given = experiment(scheduler={"factor": 1.6, "resample": 0.0})
    mutation, found = Mutation(given), []
    for trial in range(20):
        config = mutation.mutated(CONFIG, trial, 2)
        given.space.validate(config)
        assert {**config, "dropout": 0.3, "learning_rate": 0.01} == CONFIG
        found.append((config["dropout"], round(config["learning_rate"], 9)))
    assert {rate for _, rate in found} == {0.016, 0.00625}
    assert {dropout for dropout, _ in found} == {0.2, 0.5}, "0.1875 and 0.48, in steps of 0.1"
    top = mutation.mutated({**CONFIG, "learning_rate": 0.1, "dropout": 0.5}, 0, 2)
    assert top["learning_rate"] in (0.1, 0.1 / 1.6)


def test_some_are_drawn_anew() -> None:
    mutation = Mutation(experiment(scheduler={"resample": 1.0}))
    rates = {mutation.mutated(CONFIG, trial, 2)["learning_rate"] for trial in range(20)}
    assert len(rates) == 20
    assert min(rates) < 0.004 < 0.03 < max(rates)


def test_a_draw_depends_on_seed_trial_and_epoch() -> None:
    mutation = Mutation(experiment())
    first = mutation.mutated(CONFIG, 3, 2)
    assert Mutation(experiment()).mutated(CONFIG, 3, 2) == first
    others = [Mutation(experiment(seed=1)).mutated(CONFIG, 3, 2)]
    others += [mutation.mutated(CONFIG, trial, epoch) for trial, epoch in ((4, 2), (3, 4), (5, 2), (3, 6))]
    assert any(other != first for other in others)


def test_constraints_are_kept_or_nothing_mutates() -> None:
    scheduler = {"factor": 1.2, "resample": 0.0}
    kept = Mutation(experiment(scheduler=scheduler, constraints=["learning_rate <= 0.01"]))
    assert all(kept.mutated(CONFIG, trial, 2)["learning_rate"] <= 0.01 for trial in range(10))
    only = "learning_rate == 0.01 or learning_rate > 0.09"
    assert Mutation(experiment(scheduler=scheduler, constraints=[only])).mutated(CONFIG, 1, 2) == CONFIG
