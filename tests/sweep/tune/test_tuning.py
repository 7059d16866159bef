"""One sweep of a process is in Tune at a time."""

from __future__ import annotations

import logging
import threading

import pytest

from cnnsearch.sweep.tune import tuning
from cnnsearch.sweep.tune.tuning import alone


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


def test_one_that_is_ended_while_it_waits_leaves_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_LOOKED", 0.01)
    with alone(lambda: False):
        with alone(lambda: True):
            pass
        assert tuning._TUNE.locked()
    assert not tuning._TUNE.locked()
