from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from recorded import ended, epoch

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.outlets import Tracking
from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.tracking import Followers, check_tracking, start_tracking
from cnnsearch.sweep.tracking.tracker import Tracker


class Kept(Tracker):
    """Keeps what it is told; raises where ``fails`` names what it is told."""

    def __init__(self, fails: str = "") -> None:
        self.told: list[Any] = []
        self._fails = fails

    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        self._keep("epochs", trial, dict(config), list(lines))

    def end(self, line: TrialLine) -> None:
        self._keep("end", line)

    def close(self) -> None:
        self._keep("close")

    def _keep(self, what: str, *told: Any) -> None:
        if what == self._fails:
            raise OSError("the server went away")
        self.told.append((what, *told))


def follow(*trackers: Kept) -> None:
    followers = Followers(
        {f"tracker {number}": lambda tracker=tracker: tracker for number, tracker in enumerate(trackers)}
    )
    followers.epochs(0, {"units": 8}, [epoch(0, 1)])
    followers.end(ended(0))
    followers.close()


EVERYTHING = [("epochs", 0, {"units": 8}, [epoch(0, 1)]), ("end", ended(0)), ("close",)]


def test_trackers_are_told_in_order() -> None:
    first, second = Kept(), Kept()
    follow(first, second)
    assert first.told == second.told == EVERYTHING


def test_one_that_fails_is_told_nothing_more_and_the_other_one_is(caplog: pytest.LogCaptureFixture) -> None:
    failing, other = Kept("end"), Kept()
    follow(failing, other)
    assert failing.told == EVERYTHING[:1]
    assert other.told == EVERYTHING
    assert [record.message for record in caplog.records] == [
        "tracker 0 is told nothing more of this sweep, which goes on: OSError: the server went away"
    ]


def test_one_that_does_not_start_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Kept:
        raise ConnectionError("no such host\nand much more")

    kept = Kept()
    followers = Followers({"MLflow": fail, "other": lambda: kept})
    followers.close()
    assert kept.told == [("close",)]
    assert "MLflow is told nothing more of this sweep, which goes on: ConnectionError: no such host" in caplog.text
    assert "much more" not in caplog.text


def test_the_sweep_does_not_wait_for_a_slow_one() -> None:
    released = threading.Event()

    class Slow(Kept):
        def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
            assert released.wait(60)
            super().epochs(trial, config, lines)

    slow = Slow()
    followers = Followers({"slow": lambda: slow})
    for trial in range(100):
        followers.epochs(trial, {}, [])
    assert slow.told == []
    released.set()
    followers.close()
    assert len(slow.told) == 101


def test_without_trackers_there_is_no_thread() -> None:
    before = threading.active_count()
    followers = start_tracking(Experiment(name="a", space={"units": 8}), "a", "/studies/a")
    followers.epochs(0, {}, [])
    followers.close()
    assert threading.active_count() == before


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    check_tracking(Tracking())
    with pytest.raises(InputError) as raised:
        check_tracking(Tracking(tensorboard="runs", mlflow="http://localhost:5000"))
    assert [str(problem) for problem in raised.value.problems] == [
        "tracking.tensorboard: needs tensorboardX: pip install 'cnnsearch[tensorboard]' (got 'runs')",
        "tracking.mlflow: needs mlflow: pip install 'cnnsearch[mlflow]' (got 'http://localhost:5000')",
    ]
