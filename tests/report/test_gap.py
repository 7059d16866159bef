"""Training against validation, of trials whose accuracies are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.views.gap.info import BothCurves, GapPoint, gap_info
from cnnsearch.report.views.gap.view import VIEW
from cnnsearch.study import Study
from cnnsearch.tasks import DEFAULT_TASK, TASKS

Write = Callable[..., Study]


def test_gap_of_five_trials(five: Study) -> None:
    info = gap_info(five)
    # Each training accuracy is 0.01 above that of validation.
    assert info.points == (
        GapPoint(0, "COMPLETED", 0.91, 0.9),
        GapPoint(1, "STOPPED", 0.41, 0.4),
        GapPoint(3, "COMPLETED", 0.96, 0.95),
    )
    assert info.best == info.points[2]
    assert info.median == pytest.approx(0.01)
    assert info.regularised  # the space has a dropout
    assert info.curves == BothCurves(
        trial=3,
        epochs=(1, 2, 3),
        loss=(0.72, 0.09, 0.126),
        val_loss=(0.8, 0.1, 0.14),
        best_epoch=2,
    )


def test_nothing_to_compare(written: Write) -> None:
    info = gap_info(written([SyntheticTrial("FAILED", (0.3,))]))
    assert (info.points, info.best, info.curves, info.median, info.total) == ((), None, None, None, 0)


def test_where_training_is_told_of_no_share_the_losses_are_compared(
    five: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS._entries, "classification", replace(DEFAULT_TASK, trained=()))
    info = gap_info(five)
    assert (info.metric, info.is_share) == ("loss", False)
    assert info.points[0] == GapPoint(0, "COMPLETED", pytest.approx(0.18), pytest.approx(0.2))


def test_what_acts_in_training_alone_is_told(written: Write, five: Study) -> None:
    assert not any("In training alone" in note for note in VIEW.notes(gap_info(five)))
    acting = {"class_weights": "balanced", "focal_gamma": {"choice": [0.0, 2.0]}, "oversampling": 0.5}
    still = {"label_smoothing": 0.0, "ema_momentum": 0.9}
    info = replace(gap_info(written([], space={**acting, **still}, folder="other")), metric="accuracy", is_share=True)
    assert (info.unlike, info.averaged) == (("class_weights", "focal_gamma", "oversampling"), True)
    told = " ".join(VIEW.notes(info))
    assert "In training alone class_weights, focal_gamma, oversampling may change" in told
    assert "With oversampling the training accuracy is of what was drawn" in told
