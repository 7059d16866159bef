"""One sweep of a process is in Tune at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.outlook import Outlook
from cnnsearch.study.clock import Clock
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.tune import tuning
from cnnsearch.sweep.tune.tuning import _begin_anew, alone


def test_a_sweep_in_another_thread_waits_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "cnnsearch")
    told: list[str] = []

    def second() -> None:
        with alone(lambda: False):
            told.append("second")

    waiting = threading.Thread(target=second)
    with alone(lambda: False):
        waiting.start()
        waiting.join(0.05)
        told.append("first")
    waiting.join(10)
    assert told == ["first", "second"]
    assert caplog.messages == ["another sweep runs in this process: this one begins its trials when that one has ended"]


def test_the_minutes_of_one_that_waits_begin_when_it_does(tmp_path: Path, small: Callable[..., Experiment]) -> None:
    store, clock = LocalStore(tmp_path), Clock.started()
    store.write_json("environment.json", {"startup": {"began": 1.0, "data_seconds": 2.0}})
    search = Outlook(small(budget={"minutes": 5}), lambda _: None, clock, 60.0)
    assert search.seconds_left == pytest.approx(240, abs=9)
    _begin_anew(SimpleNamespace(store=store, clock=clock), search, 100.0)  # type: ignore[arg-type]
    assert search.seconds_left == pytest.approx(340, abs=9)
    assert store.read_json("environment.json")["startup"]["began"] == pytest.approx(clock.now() - 2, abs=9)


def test_one_that_is_ended_while_it_waits_leaves_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_LOOKED", 0.01)
    with alone(lambda: False) as first:
        with alone(lambda: True) as waited:
            assert (first, waited > 0) == (0.0, True)
        assert tuning._TUNE.locked()
    assert not tuning._TUNE.locked()
