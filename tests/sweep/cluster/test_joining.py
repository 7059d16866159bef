from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cnnsearch.sweep.cluster import joining as module
from cnnsearch.sweep.cluster.joining import join_ray


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
