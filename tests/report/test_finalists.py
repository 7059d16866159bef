"""The finalists' numbers, on studies whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, write_finalists

from cnnsearch.report.statistics.finalists import FinalistsInfo, finalists_info
from cnnsearch.report.views.finalists.view import VIEW
from cnnsearch.study import Study

Write = Callable[..., Study]
SEARCH = [SyntheticTrial("COMPLETED", (value,)) for value in (0.97, 0.96, 0.90)]
ALIKE = [0.95, 0.94, 0.96, 0.95]


def study(written: Write, values: dict[int, list[Any]], errors: str = "nested", **keys: Any) -> Study:
    seeds = max(map(len, values.values()))
    made = written(SEARCH, finalists={"top": len(values), "seeds": seeds}, **keys)
    return write_finalists(made.path, values, errors)


def test_a_tie_is_called_a_tie(written: Write) -> None:
    info = finalists_info(study(written, {0: ALIKE, 1: ALIKE, 2: [0.90, 0.89, 0.91, 0.90]}))
    assert (info.winner, info.compared, info.pictures, info.remaining) == (0, 4, 360, 0)
    first, second, third = info.rows
    assert (first.trial, first.gap, first.tied) == (0, 0.0, None)
    assert first.mean == pytest.approx(0.95)
    assert first.shrinkage == pytest.approx(0.02)
    assert (second.trial, second.gap, second.p_value, second.tied) == (1, 0.0, 1.0, True)
    assert (third.trial, third.tied) == (2, False)
    assert third.gap == pytest.approx(0.05)
    assert third.p_value is not None
    assert third.p_value < 0.001
    assert third.gap_low is not None
    assert third.gap_low > 0


def test_the_search_may_be_wrong(written: Write) -> None:
    info = finalists_info(study(written, {0: [0.90, 0.91, 0.89, 0.9], 1: ALIKE}))
    assert info.winner == 1
    assert [row.trial for row in info.rows] == [1, 0]
    assert info.rows[1].tied is False
    assert info.rows[1].shrinkage == pytest.approx(0.07)
    assert info.run == 0  # 0.94, 0.95, 0.95, 0.96: the lower of the middle two, of equals the first


def test_seeds_alone_where_predictions_are_not_there(written: Write) -> None:
    values = {0: [0.92, 0.94, 0.96], 1: [0.90, 0.90, 0.90]}
    info = finalists_info(study(written, values, errors="none"))
    assert (info.pictures, info.from_pictures) == (0, None)
    t = 0.04 / (0.02 / math.sqrt(3))
    assert info.rows[1].p_value == pytest.approx(0.5 * (1 - t / math.sqrt(t**2 + 2)))
    assert info.rows[1].tied is False
    assert info.rows[1].gap_low == pytest.approx(0.04 - 2.919986 * 0.02 / math.sqrt(3), abs=1e-6)


def test_more_rivals_ask_for_more(written: Write) -> None:
    values = {0: [0.92, 0.94, 0.96], 1: [0.90, 0.90, 0.90], 2: [0.90, 0.90, 0.90]}
    info = finalists_info(study(written, values, errors="none"))
    assert [row.tied for row in info.rows] == [None, True, True], "p = 0.037 twice is no longer below 0.05"


def test_losses(written: Write) -> None:
    info = finalists_info(study(written, {0: ALIKE, 1: [0.90, 0.89, 0.91, 0.90]}, objective="val_loss"))
    assert info.winner == 0
    assert info.rows[0].mean == pytest.approx(0.1)
    assert info.rows[1].gap == pytest.approx(0.1)
    assert info.rows[0].shrinkage == pytest.approx(0.1 - 2 * 0.03)
    low, high = info.rows[0].low, info.rows[0].high
    assert low is not None
    assert high is not None
    assert low < 0.1 < high


@pytest.mark.parametrize(
    "metric",
    [
        "val_accuracy",
        "val_loss",
        "val_f1",
        "val_kappa",
        "val_auc",
        "val_balanced_accuracy",
        "val_micro_f1",
    ],
)
def test_a_picture_counts_for_every_objective(written: Write, metric: str) -> None:
    info = finalists_info(study(written, {0: ALIKE, 1: [0.85, 0.84, 0.86, 0.85]}, objective=metric))
    assert (info.winner, info.pictures, info.rows[1].tied) == (0, 360, False)


def test_an_interval_ends_where_the_objective_does(written: Write) -> None:
    values = {0: [1.0, 0.99, 1.0, 1.0], 1: ALIKE}
    for metric, end in {"val_kappa": 1.0, "val_recall[9]": 1.0, "val_accuracy": 1.0}.items():
        row = finalists_info(study(written, values, objective=metric)).rows[0]
        assert row.low is not None
        assert row.high is not None
        assert row.low < row.high <= end


@pytest.mark.parametrize("metric", ["val_kappa", "val_recall[9]"])
def test_runs_that_are_all_right_have_an_interval(written: Write, metric: str) -> None:
    row = finalists_info(study(written, {0: [1.0] * 4, 1: ALIKE}, objective=metric)).rows[0]
    assert (row.mean, row.high) == (1.0, 1.0)
    assert row.low is not None
    assert 0.9 < row.low < 0.997, "as of 360 pictures, or of the 36 of a class"


class TestAFunctionOfTheUsersOwn:
    AIM = {"metric": "no_such_module:cost", "mode": "max"}  # noqa: RUF012 - of a test

    def test_is_told_by_what_each_picture_contributes_and_is_not_run(self, written: Write) -> None:
        made = study(written, {0: ALIKE, 1: [0.85, 0.84, 0.86, 0.85]}, objective=self.AIM)
        for path in (made.path / "predictions").glob("*-*.npz"):
            arrays = dict(np.load(path))
            right = arrays["probabilities"].argmax(axis=1) == arrays["labels"]
            np.savez(path, **arrays, items=right.astype(float))
        info = finalists_info(Study.load(made.path))
        assert (info.winner, info.pictures, info.rows[1].tied) == (0, 360, False)

    def test_is_told_by_seeds_alone_where_that_was_not_kept(self, written: Write) -> None:
        info = finalists_info(study(written, {0: ALIKE, 1: [0.85, 0.84, 0.86, 0.85]}, objective=self.AIM))
        assert (info.winner, info.pictures, info.rows[1].p_value) == (0, 0, 0.5)
        assert (info.rows[1].tied, info.rows[1].gap_low) == (True, None), "the difference is the same on each seed"
        assert "The difference to trial 1 is the same on each seed." in VIEW.notes(info)[0]


def test_failed_runs(written: Write) -> None:
    info = finalists_info(study(written, {0: [0.99, "failed", 0.99], 1: [0.95, 0.94, 0.96]}))
    assert info.winner == 1
    assert info.rows[1].runs == (0.99, None, 0.99)
    assert (info.rows[1].failed, info.rows[1].tied, info.rows[1].gap) == (1, None, None)


def test_cut_short(written: Write) -> None:
    info = finalists_info(study(written, {0: [0.95, 0.94, None], 1: [0.95, 0.93, None]}))
    assert (info.winner, info.remaining, info.compared) == (None, 2, 2)
    assert [row.tied for row in info.rows] == [None, None]


def test_none(written: Write) -> None:
    assert finalists_info(written()).missing == "the experiment asks for no finalists"
    assert finalists_info(written(folder="b", finalists={})).missing == "no finalist has been trained yet"
    assert VIEW.absent(finalists_info(written(folder="c")))


def test_a_config_alone_has_nothing_to_be_tied_with(written: Write) -> None:
    info = finalists_info(study(written, {0: ALIKE}))
    assert (info.winner, len(info.rows)) == (0, 1)


def test_predictions_that_cannot_be_read_are_left_out(written: Write) -> None:
    made = study(written, {0: ALIKE, 1: ALIKE})
    (made.path / "predictions" / "000001-2.npz").write_bytes(b"torn")
    info = finalists_info(Study.load(made.path))
    assert info.pictures == 0
    assert info.rows[1].tied is True


def test_the_figure_shows_every_run(written: Write) -> None:
    info: FinalistsInfo = finalists_info(study(written, {0: [0.99, "failed", 0.99], 1: [0.95, 0.94, 0.96]}))
    figure = VIEW.drawings[0].draw(info)
    runs = next(trace for trace in figure.data if trace.name == "one fresh seed")
    assert sorted(runs.x) == [0.94, 0.95, 0.96, 0.99, 0.99]
    means = next(trace for trace in figure.data if trace.name == "mean")
    assert list(means.x) == pytest.approx([0.99, 0.95])
