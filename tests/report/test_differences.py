"""Configs against the winner's."""

from __future__ import annotations

from collections.abc import Callable

from synthetic import SyntheticTrial

from cnnsearch.report.views.differences.info import DifferenceRow, DifferencesInfo, differences_info
from cnnsearch.study import Study

Write = Callable[..., Study]


def test_only_what_differs_is_told(five: Study) -> None:
    info = differences_info(five)
    assert info == DifferencesInfo(
        metric="val_accuracy",
        winner=3,
        value=0.95,
        parameters=("filters", "dense_layers", "units", "dropout"),
        settings=("32", "2", "100", "0.1"),
        agreed=(),
        rows=(
            DifferenceRow(0, "COMPLETED", 0.9, -0.05, ("8", "0", "inactive", "0")),
            DifferenceRow(1, "STOPPED", 0.4, -0.55, ("16", "1", "10", "0.25")),
        ),
    )
    assert [row.number for row in info.rows] == [4, 4]


def test_agreement_is_told_once(written: Write) -> None:
    same = {"filters": 8, "dense_layers": 0, "batch_size": 64}
    trials = [SyntheticTrial("COMPLETED", (0.8 + d,), {**same, "dropout": d}) for d in (0.0, 0.1)]
    info = differences_info(written(trials))
    assert info.parameters == ("dropout",)
    assert info.agreed == ("filters", "dense_layers", "units")
    assert info.rows == (DifferenceRow(0, "COMPLETED", 0.8, -0.1, ("0",)),)


def test_no_winner(written: Write) -> None:
    assert differences_info(written([])) == DifferencesInfo("val_accuracy", None, None, (), (), (), ())
