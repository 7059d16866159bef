"""Trials that wait, and take over from each other, in a real sweep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cnnsearch
from cnnsearch.experiment import Experiment
from cnnsearch.search.replay import replay
from cnnsearch.study.record.lines import ATTEMPTS, PAUSES, RELEASES
from cnnsearch.study.record.record import read_lines

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


def test_one_worker_trains_a_population(tmp_path: Path, small: Callable[..., Experiment]) -> None:
    space = {"filters": 4, "units": 16, "learning_rate": {"float": [1e-5, 1e-2], "log": True}}
    scheduler = {"name": "pbt", "population": 3, "interval": 1}
    resources = {"max_concurrent": 1}
    study = cnnsearch.run(small(space=space, scheduler=scheduler, budget={"trials": 3}, resources=resources), tmp_path)
    assert study.counts == {"COMPLETED": 3, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    pauses, releases = read_lines(study.store, PAUSES), read_lines(study.store, RELEASES)
    assert [(line.trial, line.epoch) for line in releases] != []
    assert {(line.trial, line.epoch) for line in releases} == {(line.trial, line.epochs) for line in pauses}
    assert len(read_lines(study.store, ATTEMPTS)) == len(releases)
    values = {(line.trial, line.epoch): line.values["val_accuracy"] for line in study.epochs}
    assert set(values) == {(trial, epoch) for trial in range(3) for epoch in (1, 2, 3)}
    for trial, taken in study.takeovers.items():
        assert all(values[line.source, line.epoch] > values[trial, line.epoch] for line in taken)
        record = study.records[trial]
        assert record.config == taken[-1].config
        assert record.best_epoch > taken[-1].epoch
        assert record.value == max(values[trial, epoch] for epoch in range(taken[-1].epoch + 1, 4))
    assert study.takeovers
    assert all(each.agrees for each in replay(study))
