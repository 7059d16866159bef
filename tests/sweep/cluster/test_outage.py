from __future__ import annotations

import threading

import pytest

from cnnsearch.errors import RayLostError
from cnnsearch.sweep.cluster import outage as module
from cnnsearch.sweep.cluster.outage import Outage, beside_ray


def well() -> Outage:
    return Outage(list, lambda: True)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """That Ray was left, within how many seconds, and told not to start by itself (0), instead of doing so."""
    seconds: list[float] = []
    monkeypatch.setattr(module, "leave_ray", seconds.append)
    monkeypatch.setattr(module, "not_by_itself", lambda: seconds.append(0.0))
    monkeypatch.setattr(module, "_LOOKED", 0.01)
    return seconds


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ([], None),
        (["dashboard", "monitor", "log_monitor"], None),
        (["raylet"], "Ray has died on this machine (its raylet ended; most often for want of memory)"),
        (["gcs_server"], "Ray has died on this machine (its head ended; most often for want of memory)"),
        (
            ["raylet", "gcs_server"],
            "Ray has died on this machine (its head and its raylet ended; most often for want of memory)",
        ),
    ],
)
def test_which_processes_ray_cannot_do_without(ended: list[str], said: str | None) -> None:
    assert Outage(lambda: ended, lambda: True).what() == said


def test_a_clusters_head_may_be_away_for_a_while() -> None:
    answers, time = [True, False, False, True, False, False], iter([0, 10, 20, 30, 50, 60, 81])
    outage = Outage(list, lambda: answers.pop(0), lambda: float(next(time)))
    found = [outage.what() for _ in range(6)]
    assert found[:5] == [None] * 5
    assert found[-1] == "the Ray cluster has died (its head has not answered for 30 s)"


def test_what_is_done_beside_ray_gives_its_result_and_its_error(left: list[float]) -> None:
    def fail() -> None:
        raise ValueError("it broke")

    assert beside_ray(lambda: 7, pytest.fail, well()) == 7
    with pytest.raises(ValueError, match="it broke"):
        beside_ray(fail, pytest.fail, well())
    assert left == []


def test_a_call_that_hangs_in_a_dead_ray_is_abandoned(left: list[float]) -> None:
    hangs, abandoned = threading.Event(), []
    ended: list[str] = []

    def act() -> None:
        ended.append("raylet")
        hangs.wait(30)

    with pytest.raises(RayLostError, match="its raylet ended"):
        beside_ray(act, lambda: abandoned.append(True), Outage(lambda: ended, lambda: True))
    hangs.set()
    assert (abandoned, left) == ([True], [0.0, 10.0])


def test_an_error_of_the_one_who_waits_abandons_it_too(left: list[float]) -> None:
    hangs, abandoned = threading.Event(), []

    def interrupted() -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        beside_ray(lambda: hangs.wait(30), lambda: abandoned.append(True), Outage(interrupted, lambda: True))
    hangs.set()
    assert (abandoned, left) == ([True], [0.0])
