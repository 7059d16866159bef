"""A sweep that a user steers from outside while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from idle_workers import LastingWorker

import cnnsearch
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.control.asking import Answer
from cnnsearch.study.progress.progress import Progress

pytestmark = pytest.mark.slow

MINE = {"filters": 8, "learning_rate": 0.005}


@pytest.mark.usefixtures("ray_session")
def test_a_running_sweep_is_steered_from_outside(
    tmp_path: Path, small: Callable[..., Experiment], working: Callable[[Any], None]
) -> None:
    """Its trials would run for hours: what is not stopped would not end."""
    working(LastingWorker)
    experiment = small(
        dataset={"source": "digits", "limit": 100, "validation": 0.2},
        epochs=100_000,
        scheduler={"name": "median", "grace_epochs": 1, "min_trials": 100},  # it is asked after every epoch
        budget={"trials": 50},
        resources={"max_concurrent": 1},
    )
    seen: list[Progress] = []
    answers: list[Answer] = []

    def steer() -> None:
        while not (seen and seen[-1].running.get(0)):
            time.sleep(0.05)
        answers.extend(cnnsearch.queue(tmp_path / "small", MINE))
        answers.append(cnnsearch.extend(tmp_path / "small", 60))
        answers.append(cnnsearch.stop_trial(tmp_path / "small", 0))
        while not seen[-1].ended:
            time.sleep(0.05)
        answers.append(cnnsearch.stop(tmp_path / "small"))

    user = threading.Thread(target=steer, daemon=True)
    user.start()
    study = cnnsearch.run(experiment, tmp_path, observe=seen.append)
    user.join()
    assert [answer.state for answer in answers] == ["taken"] * 4
    assert study.interrupted
    line = study.records[0]
    assert (line.trial, line.state, line.end_reason) == (0, "STOPPED", "user")
    assert study.proposals[1].config == {**MINE, "units": 16}
    assert Study.load(tmp_path / "small").experiment.budget.trials == 60
    assert [request.what for request in study.requests] == ["queue", "extend", "stop-trial", "stop"]
    assert len(seen[-1].answers) == 4
    assert (study.path / "report.html").is_file()
    assert not (study.path / "control").exists() or not any((study.path / "control").iterdir())
