"""A clock that somebody sets, a machine that starts again, a record that goes on."""

from __future__ import annotations

import pickle
import time

import pytest

from cnnsearch.study import clock
from cnnsearch.study.clock import Clock

START = 1_700_000_000.0


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the machine's two clocks show; tests set them."""
    shown = {"time": START, "monotonic": 50.0}
    for name in shown:
        monkeypatch.setattr(time, name, lambda name=name: shown[name])
    return shown


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_it_does_not_jump_with_the_machines(times: dict[str, float], jump: float) -> None:
    made = Clock.started()
    times["time"] += jump
    times["monotonic"] += 3.5
    assert made.now() == START + 3.5


def test_a_record_that_goes_on_does_not_go_back() -> None:
    assert Clock.started(after=START + 100).now() == START + 100
    assert Clock.started(after=START - 100).now() == START


def test_a_worker_of_the_machine_has_the_drivers(times: dict[str, float]) -> None:
    made = Clock.started()
    times["time"] += 7200
    times["monotonic"] += 10
    assert pickle.loads(pickle.dumps(made)).here().now() == made.now() == START + 10


def test_one_of_another_machine_has_its_own(times: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    made = Clock.started()
    monkeypatch.setattr(clock, "_machine", lambda: "another")
    times["monotonic"] = 99_999.0
    assert made.here().now() == START
