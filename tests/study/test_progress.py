"""Progress by what is recorded, while it grows."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded import ended, epoch, proposed, run
from synthetic import START, SyntheticTrial, digits_experiment, write_study

from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.record.record import Record, text_of

TRIALS = [
    SyntheticTrial("COMPLETED", [0.5, 0.75], {"filters": 8}),
    SyntheticTrial("STOPPED", [0.875], {"filters": 16}),
    SyntheticTrial("FAILED", [], {"filters": 32}, reason="x"),
    SyntheticTrial("INTERRUPTED", [0.5, 0.5, 0.5], {"filters": 16}),
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_study(tmp_path / "one", digits_experiment(budget={"trials": 40, "minutes": 2}), TRIALS)


def test_it_is_what_the_study_says(study: Study) -> None:
    progress = Follower(study).read()
    assert progress.ended == {"COMPLETED": 1, "STOPPED": 1, "FAILED": 1}
    assert progress.running == {3: 3}
    assert (progress.best_trial, progress.best_value, progress.best_config) == (0, 0.75, {"filters": 8})
    assert (progress.trials, progress.seconds) == (40, 120)
    assert progress.elapsed == pytest.approx(30 + 1 + 3 * 2)


def test_while_it_runs_time_goes_on(study: Study) -> None:
    assert Follower(study).read(now=START + 100).elapsed == pytest.approx(100)


def test_each_look_adds_what_is_new(study: Study) -> None:
    follower = Follower(study)
    follower.read()
    record = Record(study.store)
    record.propose(proposed(4, config={"filters": 8}, told=3, time=START + 200))
    assert follower.read().running == {3: 3, 4: 0}
    record.epochs([epoch(4, 1, 1.0, time=START + 201)])
    assert follower.read().running == {3: 3, 4: 1}
    record.end(ended(4, 1.0, ended=START + 202, config={"filters": 8}))
    progress = follower.read()
    assert progress.running == {3: 3}
    assert (progress.ended["COMPLETED"], progress.best_trial) == (2, 4)
    assert follower.last == START + 202


def test_epochs_that_are_read_with_an_end_came_before_it(tmp_path: Path) -> None:
    """A watcher that looks seldom, and one that looks at each line, foretell the same."""
    study = write_study(tmp_path / "one", digits_experiment(epochs=20, budget={"trials": 8}), [])
    often, record = Follower(study), Record(study.store)
    for number in range(3):
        began = START + 10.0 * number
        record.propose(proposed(number, time=began))
        seconds = [1.5, 0.1, 0.1]
        record.epochs([epoch(number, at, seconds=each, time=began + at) for at, each in enumerate(seconds, 1)])
        often.read(began + 5)
        cost = {"wall_seconds": 4.0, "compile_seconds": 2.0}
        record.end(ended(number, 0.5, state="STOPPED", epochs=3, started=began, ended=began + 9, cost=cost))
        told = often.read(began + 9).left
    assert Follower(study).read(START + 29).left == pytest.approx(told)


def test_half_a_line_waits_for_its_other_half(study: Study) -> None:
    follower = Follower(study)
    follower.read()
    line = text_of(proposed(4, time=1750000300.0)).encode() + b"\n"
    with (study.path / "proposals.jsonl").open("ab") as file:
        file.write(line[:20])
        file.flush()
        assert follower.read().running == {3: 3}
        file.write(line[20:])
        file.flush()
        assert follower.read().running == {3: 3, 4: 0}


def test_what_a_crash_tore_is_left_out(study: Study) -> None:
    with (study.path / "trials.jsonl").open("ab") as file:
        file.write(b'{"trial": 3, "sta\n' + text_of(ended(3, None)).encode() + b"\n")
    assert Follower(study).read().ended["FAILED"] == 2


def test_runs_of_finalists_come_after_the_search(tmp_path: Path) -> None:
    experiment = digits_experiment(finalists={"top": 3, "seeds": 4})
    study = write_study(tmp_path / "one", experiment, TRIALS)
    follower = Follower(study)
    assert follower.read().finalists is None
    for number in (0, 1, 1):
        Record(study.store).end_finalist(run(0, number, ended=START + 300))
    assert follower.read().finalists == (2, 8)  # two trials have a value


def test_a_study_without_trials_has_not_begun(tmp_path: Path) -> None:
    progress = Follower(write_study(tmp_path / "one", trials=[])).read()
    assert (progress.ended, progress.running, progress.elapsed, progress.best_trial) == ({}, {}, 0.0, None)
