from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cnnsearch.sweep.cluster import joining as module
from cnnsearch.sweep.cluster.joining import end_process, join_ray, leave_ray


def test_a_ray_that_does_not_start_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stayed: list[bool] = []
    monkeypatch.setattr(module, "_stay_away", lambda: stayed.append(True))
    hangs = threading.Event()
    with pytest.raises(TimeoutError, match=r"it has not answered for 0 s; most often for want of memory"):
        join_ray(lambda: hangs.wait(30), 0.01)
    hangs.set()
    assert stayed == [True]
    raised: Callable[[], object] = lambda: 1 / 0  # noqa: E731
    with pytest.raises(ZeroDivisionError):
        join_ray(raised, 5.0)
    assert stayed == [True]


def test_the_thread_that_started_ray_stays_as_long_as_ray() -> None:
    threads: list[threading.Thread] = []
    let_go = join_ray(lambda: threads.append(threading.current_thread()), 5.0)
    assert threads[0].is_alive(), "else Linux would end what it started"
    let_go()
    threads[0].join(5.0)
    assert not threads[0].is_alive()


def test_a_ray_that_hangs_while_it_is_left_is_not_left_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    hangs, calls = threading.Event(), []

    def shutdown() -> None:
        calls.append("shutdown")
        hangs.wait(30)

    monkeypatch.setattr(ray, "shutdown", shutdown)
    monkeypatch.setattr(module, "_stay_away", lambda: calls.append("stay away"))
    leave_ray(0.01)
    assert module.is_leaving()
    leave_ray(0.01)
    assert calls == ["shutdown", "stay away"]
    hangs.set()
    assert module._leaving is not None
    module._leaving.join(5.0)
    assert not module.is_leaving()
    leave_ray(5.0)
    assert calls == ["shutdown", "stay away", "shutdown"]


def test_at_the_end_of_python_no_thread_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    calls: list[str] = []
    monkeypatch.setattr(ray, "shutdown", lambda: calls.append("shutdown"))
    monkeypatch.setattr(threading.Thread, "start", start)
    leave_ray(5.0)
    assert calls == ["shutdown"]
    assert not module.is_leaving()


def test_a_process_ends_by_its_code_with_all_that_was_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    print("said")
    end_process(1)
    assert (codes, capsys.readouterr().out) == ([1], "said\n")
