"""The report knows a task by what it answers: here one that tells no share, as of numbers to be predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from synthetic import write_finalists

from cnnsearch.report import markdown, write_report
from cnnsearch.report.task import is_share, share_of_task, task_of, tasks_with_views, views_of_task
from cnnsearch.report.views.gap import view as gap
from cnnsearch.report.views.gap.info import GapPoint
from cnnsearch.report.views.metrics.info import metrics_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.tasks import DEFAULT_TASK, TASKS

Write = Callable[..., Study]


@pytest.fixture
def without_share(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = [replace(metric, kind="corpus") if metric.kind == "share" else metric for metric in DEFAULT_TASK.metrics]
    monkeypatch.setitem(TASKS._entries, DEFAULT_TASK.name, replace(DEFAULT_TASK, metrics=tuple(metrics)))


def test_a_study_of_before_there_were_tasks_is_of_classification(five: Study) -> None:
    assert task_of(five) == "classification"
    assert share_of_task(five) == "val_accuracy"
    assert [aim for aim in ("val_accuracy", "val_loss", "val_f1", "val_kappa") if is_share(five, aim)] == [
        "val_accuracy"
    ]
    views = views_of_task("classification")
    assert {place: tuple(view.name for view in some) for place, some in views.items()} == {
        "first": ("confusion", "mistakes"),
        "best": ("paired",),
        "wrong": ("ngrams", "calibration", "suspicious"),
    }
    assert "classification" in tasks_with_views()


@pytest.mark.usefixtures("without_share")
def test_a_task_without_a_share_has_no_interval_where_no_predictions_were_kept(written: Write) -> None:
    study = written(objective="val_loss", predictions=0)
    info = verdict_info(study)
    assert (info.share, info.low, info.high) == (None, None, None)
    assert "On new pictures somewhat worse than loss 0.100: the best of many is too good" in info.text
    assert "95% interval" not in markdown([study])
    write_report([study], study.path / "report.html")


@pytest.mark.usefixtures("without_share")
def test_its_test_reading_is_of_the_objective(written: Write) -> None:
    study = written(objective="val_loss", finalists={"top": 2, "seeds": 2})
    study = write_finalists(study.path, {3: [0.94, 0.95], 0: [0.9, 0.9]}, test=0.9)
    info = verdict_info(study)
    assert info.test is not None
    assert (info.test.metric, info.test.value, info.test.interval) == ("loss", 0.1, None)
    assert "On new pictures loss 0.10: what its model gave on the 100 test pictures." in info.text


@pytest.mark.usefixtures("without_share")
def test_where_its_predictions_were_kept_the_pictures_are_resampled(written: Write) -> None:
    study = written(objective="val_loss", finalists={"top": 2, "seeds": 2})
    study = write_finalists(study.path, {3: [0.94, 0.95], 0: [0.9, 0.9]}, test=0.9)
    labels = np.arange(100) % 10
    sure = np.where(np.arange(100) < 90, 0.95, 0.55)[:, np.newaxis]
    probabilities = np.where(np.eye(10)[labels] == 1, sure, (1 - sure) / 9)
    np.savez(study.path / "predictions" / "test.npz", labels=labels, probabilities=probabilities)
    study = Study.load(study.path)
    test = verdict_info(study).test
    assert test is not None
    assert test.interval is not None
    assert test.interval.low < 0.1 < test.interval.high
    row = next(row for row in metrics_info(study).rows if row.name == "loss")
    assert row.test is not None
    assert (row.test.low, row.test.high) == (test.interval.low, test.interval.high), "one truth"
    assert "On new pictures loss 0.10 (95% interval 0." in verdict_info(study).text


@pytest.mark.usefixtures("without_share")
def test_its_training_is_compared_with_validation_by_the_loss(five: Study) -> None:
    info = gap.VIEW.info(five)
    assert info.points[0] == GapPoint(0, "COMPLETED", 0.18, 0.2)
    assert "above the dotted line" in gap.VIEW.lead(info)
    assert gap.VIEW.notes(info)[0] == (
        "The best trial's training loss is 0.010 below its validation loss; in the median over 3 trials it is 0.020 "
        "below."
    )


def test_a_reading_tells_what_was_searched_for_and_then_the_share(written: Write) -> None:
    study = written(objective="val_loss", finalists={"top": 2, "seeds": 2})
    study = write_finalists(study.path, {3: [0.94, 0.95], 0: [0.9, 0.9]}, test=0.9)
    assert (
        "On new pictures loss 0.10 and accuracy 0.90 (95% interval 0.83 to 0.94): what its model gave on the 100 test "
        "pictures."
    ) in verdict_info(study).text
