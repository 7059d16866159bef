"""Hours of a study that went on after its driver died: no part is larger than the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import START, SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.report.views.history.info import history_info
from cnnsearch.report.views.timeline.info import timeline_info
from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.record.lines import FinalistLine, TrialLine, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.study.record.sessions import WorkClock

NIGHT = 50_000.0


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """One worker. Trial 0 takes 2 s; trial 1 works for 40 s, until its driver dies at 51 s; a night later it goes on.

    The second driver is at work for 20 s, of these trial 1 for the last 5 s; then a run of a finalist takes 10 s, that
    of one that is no finalist any more.
    """
    described = environment()
    described["resumed"] = [{"startup": {"began": START + NIGHT}, "proposed": 2}]
    trials = [SyntheticTrial("COMPLETED", (0.8,)), SyntheticTrial("INTERRUPTED", (0.5, 0.6), epoch_seconds=20.0)]
    made = write_study(tmp_path / "study", digits_experiment(finalists={}), trials, described, predictions=0)
    record = Record(made.store)
    worker = Worker(node="laptop", pid=1)
    line: dict[str, Any] = {
        "state": "COMPLETED",
        "value": 0.9,
        "best_epoch": 3,
        "epochs": 3,
        "metrics": {"val_accuracy": 0.9},
    }
    line |= {"cost": {"wall_seconds": 45.0, "compute_seconds": 44.0}, "worker": worker, "reason": None}
    line |= {"config": made.proposals[1].config, "seed": 1, "started": START + NIGHT + 15}
    config = line.pop("config")
    record.end(TrialLine(trial=1, config=config, ended=START + NIGHT + 20, **line))
    line |= {"cost": {"wall_seconds": 10.0, "compute_seconds": 9.0}, "started": START + NIGHT + 20}
    record.end_finalist(FinalistLine(trial=7, run=0, ended=START + NIGHT + 30, **line))
    return Study.load(made.path)


def test_no_part_is_larger_than_the_whole(study: Study) -> None:
    assert study.seconds == 51.0 + 30.0
    cost = verdict_info(study).cost
    assert (cost.seconds, cost.worker_seconds, cost.runs) == (81.0, 2.0 + 45.0 + 10.0, 1)
    assert cost.compute_seconds == pytest.approx(0.9 * 2 + 44.0 + 9.0)
    assert [row.seconds for row in trials_info(study).rows] == [2.0, 45.0]


def test_a_night_between_two_drivers_is_no_time_of_the_sweep(study: Study) -> None:
    history = history_info(study)
    assert [60 * point.minutes for point in history.points] == pytest.approx([3.0, 51.0 + 20.0])
    assert [3600 * point.worker_hours for point in history.points] == pytest.approx([2.0, 47.0])
    timeline = timeline_info(study)
    assert (timeline.seconds, timeline.resumed) == (81.0, (51.0,))
    assert [(span.start, span.end) for span in timeline.workers[1].spans] == [(66.0, 71.0), (71.0, 81.0)]
    assert Follower(study).read().elapsed == 81.0
    assert Follower(study).read(now=START + NIGHT + 32).elapsed == 83.0


def test_a_clock_stands_while_nobody_works() -> None:
    clock = WorkClock([10.0, 100.0], [12.0, 103.0, 104.0])
    assert [clock.at(moment) for moment in (0.0, 10.0, 11.0, 50.0, 100.0, 102.0, 1e9)] == [0, 0, 1, 2, 2, 4, 6]
    assert clock.seconds == 6.0
    assert WorkClock([], [5.0]).at(7.0) == 0.0


def test_who_went_on_and_trained_nothing_is_not_drawn(tmp_path: Path) -> None:
    described = environment()
    described["resumed"] = [{"startup": {"began": START + NIGHT}, "proposed": 1}]
    trials = [SyntheticTrial("COMPLETED", (0.8,))]
    made = write_study(tmp_path / "study", digits_experiment(), trials, described, predictions=0)
    assert timeline_info(Study.load(made.path)).resumed == ()


def test_for_as_long_as_a_trial_waits_its_worker_does_not_work_on_it(tmp_path: Path) -> None:
    """It trains from second 1 to 3 and waits until 20; the other one has the worker until 10."""
    made = write_study(tmp_path / "study", trials=[SyntheticTrial("INTERRUPTED", (0.5,))] * 2, predictions=0)
    kept: dict[str, Any] = {"state": "COMPLETED", "value": 0.9, "best_epoch": 1, "epochs": 1, "seed": 1}
    kept |= {"config": made.proposals[0].config, "worker": Worker(node="laptop", pid=1)}
    record = Record(made.store)
    record.end(TrialLine(trial=1, started=START + 3, ended=START + 10, **kept))
    record.end(TrialLine(trial=0, started=START + 1, waited_since=START + 3, ended=START + 20, **kept))
    study = Study.load(made.path)
    (worker,) = timeline_info(study).workers
    assert [(span.trial, span.start, span.end) for span in worker.spans] == [(0, 1.0, 3.0), (1, 3.0, 10.0)]
    assert verdict_info(study).cost.worker_seconds == 9.0
    assert [3600 * point.worker_hours for point in history_info(study).points] == pytest.approx([9.0, 9.0])
    assert study.trials.loc[0, "waited_since"] - study.trials.loc[0, "started"] == pd.Timedelta(seconds=2)
