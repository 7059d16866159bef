"""Calibration of predictions whose errors are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.study import Study
from cnnsearch.tasks.labelled.views.calibration.info import Bin, calibration_info
from cnnsearch.tasks.labelled.views.calibration.view import VIEW

Write = Callable[..., Study]


def write(study: Study, groups: list[tuple[float, int, int]]) -> None:
    """Replace the predictions: (probability of the class that is given, pictures, how many of them are right)."""
    rows, labels = [], []
    for confidence, pictures, right in groups:
        rows += [[confidence, 1 - confidence]] * pictures
        labels += [0] * right + [1] * (pictures - right)
    path = Path(study.path / "predictions" / "000000.npz")
    np.savez(path, labels=np.array(labels), probabilities=np.array(rows, dtype=np.float16))


def test_error_is_the_weighted_distance(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,))])
    write(study, [(0.9, 100, 70), (0.6, 300, 180)])
    info = calibration_info(study)
    assert [(each.low, each.high, each.pictures) for each in info.bins] == [(0.5, 0.6, 300), (0.8, 0.9, 100)]
    assert info.bins[1] == Bin(0.8, 0.9, 100, pytest.approx(0.9, abs=1e-3), 0.7, wilson(0.7, 100))
    assert info.error == pytest.approx(0.25 * 0.2, abs=1e-3)
    assert info.confidence == pytest.approx(0.675, abs=1e-3)
    assert info.accuracy == 250 / 400
    assert info.brier == pytest.approx(2 * (70 * 0.01 + 30 * 0.81 + 180 * 0.16 + 120 * 0.36) / 400, abs=2e-3)
    assert info.pictures == 400
    assert info.low is not None
    assert info.high is not None
    assert info.low < info.error < info.high


def test_chance_tells_a_small_error_from_a_real_one(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,))])
    write(study, [(0.9, 100, 88), (0.7, 100, 72)])
    good = calibration_info(study)
    assert good.error is not None
    assert good.chance is not None
    assert good.error < good.chance
    assert VIEW.quiet(good) == "Its error, 0.020, is one that a perfectly calibrated model may have on so few pictures."
    write(study, [(0.9, 100, 60), (0.7, 100, 72)])
    bad = calibration_info(study)
    assert bad.error is not None
    assert bad.chance == good.chance  # it follows from the probabilities alone
    assert bad.error > good.chance


def test_says_what_is_missing(written: Write) -> None:
    assert calibration_info(written(predictions=0)).missing == "no predictions of trial 3 were kept"
    assert calibration_info(written([], "empty")).missing == "no trial has a value"


def test_what_shifts_probabilities_is_told(written: Write) -> None:
    space = {"units": 8, "class_weights": "balanced", "focal_gamma": 2.0, "oversampling": 0.0}
    study = written([SyntheticTrial("COMPLETED", (0.9,), space)], space=space)
    info = calibration_info(study)
    assert info.shifting == ("class_weights balanced", "focal_gamma 2.0")
    assert VIEW.notes is not None
    assert "class_weights balanced, focal_gamma 2.0: that shifts probabilities" in VIEW.notes(info)[-1]
    assert calibration_info(written([SyntheticTrial("COMPLETED", (0.9,))], "other")).shifting == ()
