"""Whether one trial ends within the minutes: when that is measured, by how many processes, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.pace import Pace
from cnnsearch.search.places import Nodes
from cnnsearch.study.clock import Clock
from cnnsearch.sweep.estimates import pacing
from cnnsearch.sweep.estimates.pacing import is_surely_short, with_time_for_one
from cnnsearch.sweep.findings import Material

Small = Callable[..., Experiment]
CONFIG = {"filters": 4, "learning_rate": 1e-3}
SHORT: dict[str, Any] = {"budget": {"minutes": 1, "all": True}, "epochs": 10}


@pytest.fixture
def material(small: Small, digits: Any) -> Callable[..., Material]:
    """Of a few digits, whose trials take a second."""

    def make(**keys: Any) -> Material:
        return Material(small(**{**SHORT, **keys}), digits.dataset, digits.split, None, 0.0, 0.0)

    return make


class Paces:
    """In the place of those that are measured: ten seconds an epoch on one thread."""

    asked: list[int]

    def __init__(self, *_: Any) -> None:
        Paces.asked = []

    def __call__(self, threads: int) -> Pace:
        self.asked.append(threads)
        return Pace(threads, 0.0, 10.0 / threads)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Material], Material]:
    """What becomes of a material whose trials may be long, on a node of two CPUs."""
    monkeypatch.setattr(pacing, "is_surely_short", lambda *_: False)
    monkeypatch.setattr(pacing, "beside_ray", lambda act, *_: act())
    monkeypatch.setattr(pacing, "Outage", SimpleNamespace(of_this_process=lambda: None))
    monkeypatch.setattr(pacing, "look_at_nodes", lambda: Nodes(({"CPU": 2.0},)))
    monkeypatch.setattr(pacing, "_Paces", Paces)
    return lambda given: with_time_for_one(given, Clock.started())


def test_a_small_network_on_few_pictures_is_not_measured(material: Callable[..., Material]) -> None:
    assert is_surely_short(material(), CONFIG)
    assert not is_surely_short(material(passes=1000), CONFIG)
    assert not is_surely_short(material(repeats=100), CONFIG)
    assert is_surely_short(material(passes=1000, budget={"minutes": 1000, "all": True}), CONFIG)
    assert with_time_for_one(material(), Clock.started()).pacing == 0.0
    assert not is_surely_short(material(budget={"minutes": 0.7, "all": True}), CONFIG), "of 42 s the start takes ten"


def test_workers_of_the_last_run_leave_their_place_to_what_is_measured(
    material: Callable[..., Material], measured: Callable[[Material], Material], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    warm = SimpleNamespace(end=lambda: told.append("ended"))
    monkeypatch.setattr(pacing.warm_workers, "here", lambda: warm)
    monkeypatch.setattr(pacing, "beside_ray", lambda act, *_: told.append("measured") or act())
    measured(material())
    assert told == ["ended", "measured"]


def test_where_the_minutes_are_the_searchs_nothing_is_measured(
    material: Callable[..., Material], measured: Callable[[Material], Material]
) -> None:
    given = material(budget={"minutes": 1})
    assert measured(given) is given


@pytest.mark.parametrize(
    ("resources", "asked", "cpus", "epochs"),
    [
        ({}, [1, 2], 2, 9),
        ({"max_concurrent": 1}, [1], 1, 4),  # somebody lets trials have one of the two
        ({"cases": [{"when": {"filters": [8]}, "cpus": 2}]}, [1], 1, 4),
    ],
)
def test_trials_are_made_to_fit(
    material: Callable[..., Material],
    measured: Callable[[Material], Material],
    caplog: pytest.LogCaptureFixture,
    resources: dict[str, Any],
    asked: list[int],
    cpus: int,
    epochs: int,
) -> None:
    found = measured(material(resources=resources))
    assert Paces.asked == asked
    assert (found.experiment.resources.cpus, found.experiment.epochs) == (cpus, epochs)
    assert found.adjustment is not None
    assert caplog.messages == [f"budget.minutes: {found.adjustment.text}"]


def test_what_cannot_be_measured_or_shortened_is_told(
    material: Callable[..., Material],
    measured: Callable[[Material], Material],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = {"learning_rate": {"float": [1e-3, 1e-2]}, "warmup_epochs": {"float": [0.0, 8.0]}}
    given = material(space=space, resources={"max_concurrent": 1})
    assert measured(given).experiment is given.experiment
    assert "which cannot be shorter: space.warmup_epochs: must be less than the 4 epochs" in caplog.messages[0]
    monkeypatch.setattr(Paces, "__call__", lambda *_: (_ for _ in ()).throw(pacing._UnknownPaceError("too slow")))
    assert measured(given).experiment is given.experiment
    assert caplog.messages[1] == "budget.minutes: how long one trial takes could not be measured: too slow"
