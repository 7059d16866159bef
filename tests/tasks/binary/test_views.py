"""The views of two classes on predictions that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.report import write_report
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.study import Study
from cnnsearch.tasks.binary.predictions import BinaryPredictions
from cnnsearch.tasks.binary.views.thresholds import info as thresholds
from cnnsearch.tasks.binary.views.thresholds.view import VIEW
from cnnsearch.tasks.labelled.views.calibration.info import calibration_info
from cnnsearch.tasks.labelled.views.confusion.view import VIEW as CONFUSION

KEPT = BinaryPredictions(np.array([0, 0, 0, 1, 1]), np.float32([0.1, 0.2, 0.7, 0.6, 0.9]), 0.4)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    experiment = digits_experiment(task="binary", dataset={"source": "npz", "path": "a.npz"}, objective="val_loss")
    config = {"filters": 8, "learning_rate": 1e-3, "batch_size": 64}
    described = environment(("cat", "dog"), validation=5)
    folder = tmp_path / "study"
    write_study(folder, experiment, [SyntheticTrial("COMPLETED", (0.8,), config)], described, predictions=0)
    (folder / "predictions").mkdir()
    np.savez(folder / "predictions" / "000000.npz", **KEPT.to_arrays())
    return Study.load(folder)


def test_every_threshold_of_the_best_model(study: Study) -> None:
    info = thresholds.thresholds_info(study)
    assert info.best is not None
    assert info.best.thresholds == pytest.approx((0.9, 0.7, 0.6, 0.2, 0.1))
    assert info.best.sensitivity == (0.5, 0.5, 1.0, 1.0, 1.0)
    assert info.best.false_alarms == pytest.approx((0, 1 / 3, 1 / 3, 2 / 3, 1))
    assert info.best.precision == pytest.approx((1, 1 / 2, 2 / 3, 1 / 2, 2 / 5))
    assert (info.best.roc_auc, info.best.average_precision) == pytest.approx((5 / 6, 5 / 6))
    assert (info.positive, info.threshold, info.searched, info.prevalence) == ("dog", 0.4, True, 0.4)
    assert info.found == (1.0, wilson(1.0, 2))
    assert info.left_alone == (pytest.approx(2 / 3), wilson(2 / 3, 3))
    assert info.precision == pytest.approx(2 / 3)
    assert VIEW.notes(info)[0].startswith("The model decides for dog from a probability of 0.4 on. It was searched on")
    roc, precision_recall = (drawing.draw(info) for drawing in VIEW.drawings)
    assert [trace.name for trace in roc.data] == [
        *("a model that knows nothing", "trial 0, the best: AUC 0.83", "threshold 0.4")
    ]
    assert (roc.data[-1].x[0], roc.data[-1].y[0]) == (pytest.approx(1 / 3), 1.0)
    assert (precision_recall.data[-1].x[0], precision_recall.data[-1].y[0]) == (1.0, pytest.approx(2 / 3))


def test_a_long_curve_is_thinned_and_that_is_told(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "MOST_POINTS", 3)
    info = thresholds.thresholds_info(study)
    assert info.best is not None
    assert info.best.thresholds == pytest.approx((0.9, 0.6, 0.1))
    assert info.best.roc_auc == pytest.approx(5 / 6), "of all points"
    assert VIEW.notes(info)[-1].startswith("Of a curve of more than ")


def test_views_that_tasks_share_tell_the_threshold_and_the_class(study: Study) -> None:
    confusion = CONFUSION.info(study)
    assert confusion.matrix == ((2, 1), (0, 2))
    assert CONFUSION.notes(confusion) == ("A picture is taken for dog from a probability of 0.4 on.",)
    calibration = calibration_info(study)
    assert (calibration.about, calibration.accuracy) == ("dog", 0.4)
    assert calibration.brier == pytest.approx((0.01 + 0.04 + 0.49 + 0.16 + 0.01) / 5)
    page = study.path / "report.html"
    write_report([study], page)
    assert "Every threshold" in page.read_text(encoding="utf-8")
