"""``watch`` on a record that another thread writes, and the workers in ``show``."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from commands import call
from recorded import ended
from synthetic import START, SyntheticTrial, write_study

from cnnsearch.study import Study
from cnnsearch.study.hold import hold_study
from cnnsearch.study.progress.progress import SweepTime
from cnnsearch.study.record.record import Record

TRIALS = [
    SyntheticTrial("COMPLETED", [0.5, 0.75], proposed=0.0),
    SyntheticTrial("COMPLETED", [0.5] * 4, proposed=0.0),
    SyntheticTrial("COMPLETED", [0.5], proposed=5.0),
    SyntheticTrial("INTERRUPTED", [0.5], proposed=7.0),
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_study(tmp_path / "one", trials=TRIALS)


def test_once_tells_and_ends_while_the_sweep_runs(study: Study) -> None:
    with hold_study(study.store):
        lines = call("watch", study.source, "--once").splitlines()
    assert lines[0] == "digits cnn"
    assert lines[1].startswith("3/40 trials ended (3 completed), ")
    assert lines[2] == "best val_accuracy 0.750 (trial 0)"
    assert lines[-2] == "running: 3 (1/18)"
    assert lines[-1].startswith("nothing was recorded for ")


def test_it_ends_when_the_sweep_does(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = hold_study(study.store)

    def go_on(seconds: float) -> None:
        """What happens between two looks, in place of waiting."""
        assert seconds == 0.5
        if len(Study.load(study.source).records) == 3:
            Record(study.store).end(ended(3, state="STOPPED", ended=START + 60))
        else:
            hold.release()

    monkeypatch.setattr(time, "sleep", go_on)
    lines = call("watch", study.source, "--seconds", 0.5).splitlines()
    assert [line.partition(", ")[0] for line in lines] == [
        "digits cnn: 3/40 trials ended (3 completed)",
        "digits cnn: 4/40 trials ended (3 completed",
        "digits cnn  (no sweep runs): 4/40 trials ended (3 completed",
    ]


def test_of_a_study_that_nobody_runs_it_tells_and_ends(study: Study) -> None:
    study.store.write("report.html", "")
    assert call("watch", study.source) == "digits cnn  (no sweep runs): 3/40 trials ended (3 completed), 10 s\n"
    assert "interrupted: 3 (1/18)" in call("watch", study.source, "--once").splitlines()


def test_show_tells_of_workers(study: Study) -> None:
    printed = call("show", study.source)
    assert "laptop/4000" in printed
    assert "worker laptop/4000: 2 trials, busy 67% of the time" in printed
    assert "worker laptop/4001: 1 trials, busy 89% of the time" in printed


def test_show_json_has_the_utilisation(study: Study) -> None:
    shown = json.loads(call("show", study.source, "--json"))
    assert [(worker["pid"], worker["trials"], worker["busy_seconds"]) for worker in shown["workers"]] == [
        (4000, 2, 6.0),
        (4001, 1, 8.0),
    ]
    assert shown["utilisation"] == pytest.approx(14 / 18)


@pytest.mark.parametrize("wrong", [-7200.0, 7200.0])
def test_a_sweep_whose_clock_is_another_one_is_not_silent_for_hours(
    wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {"time": 1000.0, "monotonic": 5.0}
    for name in shown:
        monkeypatch.setattr(time, name, lambda name=name: shown[name])
    at = SweepTime()
    at.of(900.0)
    recorded = 1001.0 + wrong
    shown["time"] += 10
    assert at.of(recorded) == recorded
    shown["monotonic"] += 10
    assert at.of(recorded) == recorded + 10
