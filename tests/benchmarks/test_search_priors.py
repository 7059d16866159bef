"""The benchmark of priors, on made-up curves: what searches know before, and what its section says."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import pytest

from benchmarks.search import priors
from benchmarks.search.measuring import Ended
from benchmarks.search.priors import CONTESTANTS, KNOWLEDGE, measure_priors
from benchmarks.search.priors_page import priors_section
from benchmarks.search.surrogate import Curve

TASKS = ("a", "b", "c", "d", "e", "f", "g", "h", "i")


class MadeUp:
    """Nine data sets on which a learning rate near 0.01 is best."""

    tasks = TASKS
    space: ClassVar[dict[str, Any]] = {"learning_rate": {"float": [1e-4, 1e-1], "log": True}}
    epochs = 3

    def curve(self, task: str, config: dict[str, Any]) -> Curve:  # noqa: ARG002
        top = 0.9 - 0.2 * abs(math.log10(config["learning_rate"]) + 2)
        return Curve((0.1, 0.2, top), (2.0,) * 3)


def test_good_and_bad_guesses_are_the_best_and_the_worst_of_random_configs() -> None:
    place = priors.Place(MadeUp(), "c", ("a", "b", "d"))
    good, bad = (
        KNOWLEDGE[name](place)["space"]["learning_rate"]["prior"]["value"] for name in ("good prior", "bad prior")
    )
    assert good == pytest.approx(0.01, rel=0.1)
    assert bad < 2e-4


def test_one_learns_from_good_configs_and_is_misled_by_bad_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priors, "TRAININGS", 6.0)
    place = priors.Place(MadeUp(), "c", ("a",))
    for name, is_good in (("learns from 3", True), ("misled by 3", False)):
        (learnt,) = KNOWLEDGE[name](place)["learn_from"]
        assert learnt["study"] == "a"
        rates = [config["learning_rate"] for config in learnt["good"]]
        assert (abs(math.log10(rates[0]) + 2) < 0.8) == is_good


def test_those_held_out_are_searched_and_learn_from_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(priors, "_run", lambda _, *key: Ended(*key, 20, 0.5, 0.8, [(0.5, 0.7)], 1.0))
    path = tmp_path / "measured.jsonl"
    ended = measure_priors(MadeUp(), path, minutes=1, most=2, seeds=2, tell=lambda _: None)
    assert {(one.task, one.seed) for one in ended} == {(task, seed) for task in ("c", "f") for seed in (0, 1)}
    assert len(ended) == 4 * len(CONTESTANTS)
    assert measure_priors(MadeUp(), path, minutes=0, most=2, seeds=2, tell=lambda _: None) == ended
    assert priors.sources(TASKS, "c") == ("a", "b", "d")
    assert priors.sources(TASKS, "i") == ("a", "b", "d")
    assert priors.sources(TASKS, "f") == ("e", "g", "h")


def test_the_section_compares_with_the_same_sampler_without_a_prior() -> None:
    values = {name: 0.8 - 0.03 * place for place, name in enumerate(CONTESTANTS)}
    ended = [
        Ended(name, task, 4, 0, 20, 0.5, 0.8, [(0.1, 0.5), (0.5, value)], 1.5)
        for task in ("c", "f", "i")
        for name, value in values.items()
    ]
    page = priors_section(ended, TASKS)
    assert "Sampler auto, 3 data sets, 3 searches of each. Mean normalised regret:" in page
    assert "| auto, good prior | 1.000 | 1.000 | 1.000 | 0.100 | 0.100 | 1.5 |" in page
    assert (
        "- auto, good prior against auto, no prior: regret +0.000 after 20% of the time, +0.100 at the end (Wilcoxon"
        in page
    )
    assert (
        "- random, bad prior against random, no prior: regret +0.000 after 20% of the time, +0.200 at the end" in page
    )
    assert "Sampler auto: not measured, as each ran on 0 of these data sets" in priors_section([], TASKS)
