"""The columns that the page's table shows, filters and hands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.page import render
from cnnsearch.report.views.trials.info import MOST_STATIC, NULL, Column, Row, TrialsInfo, trials_info
from cnnsearch.study import Study

Write = Callable[..., Study]


def test_columns_hold_what_the_rows_hold(five: Study) -> None:
    assert trials_info(five).columns == (
        Column("trial", "count", (0, 1, 2, 3, 4)),
        Column("state", "text", ("COMPLETED", "STOPPED", "FAILED", "COMPLETED", "INTERRUPTED")),
        Column("val_accuracy", "digits", (0.9, 0.4, None, 0.95, None), sorted="descending", digits=3),
        Column("best_epoch", "count", (3, 2, None, 2, None)),
        Column("epochs", "count", (3, 2, 1, 3, 2)),
        Column("filters", "setting", (8, 16, 32, 32, 8)),
        Column("dense_layers", "setting", (0, 1, 0, 2, 0)),
        Column("units", "setting", (None, 10, None, 100, None)),
        Column("dropout", "setting", (0.0, 0.25, 0.5, 0.1, 0.2)),
        Column("seconds", "digits", (6.0, 4.0, 2.0, 6.0, None), digits=3),
        Column("reason", "text", (None, None, "the loss is not finite", None, None)),
    )


@pytest.mark.parametrize(("objective", "order"), [("val_accuracy", "descending"), ("val_loss", "ascending")])
def test_best_trials_come_first(written: Write, objective: str, order: str) -> None:
    info = trials_info(written(objective=objective))
    assert [row.trial for row in info.first] == [3, 0, 1, 2, 4]
    assert next(column.sorted for column in info.columns if column.name == objective) == order


def test_page_itself_holds_few_of_many_rows(written: Write) -> None:
    info = trials_info(written(60))
    assert len(info.rows) == 60
    assert len(info.first) == MOST_STATIC
    values: list[Any] = [row.value for row in info.first]
    assert values == sorted(values, reverse=True)


def test_null_is_a_value_and_a_missing_parameter_is_not() -> None:
    rows = (
        Row(0, "COMPLETED", 0.5, 1, 1, {"initializer": None}, 2.0, None),
        Row(1, "COMPLETED", 0.6, 1, 1, {"initializer": "zeros", "epochs": 2}, 2.0, None),
    )
    info = TrialsInfo("x-trials", "val_accuracy", "max", ("initializer", "epochs"), rows, 1)
    columns = {column.name: column.values for column in info.columns}
    assert columns["initializer"] == (NULL, "zeros")
    assert columns["config.epochs"] == (None, 2)
    assert columns["epochs"] == (1, 1)


def test_the_reason_tells_what_the_state_does_not(written: Write) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (0.5, 0.8, 0.9), end_reason="patience"),
        SyntheticTrial("COMPLETED", (0.2, 0.7, 0.8), audited=1),
        SyntheticTrial("COMPLETED", (0.2, 0.7, 0.6), end_reason="patience", audited=2),
        SyntheticTrial("COMPLETED", (0.2, 0.7, 0.6), cost={"latency_seconds": 0.003}),
    ]
    assert [row.reason for row in trials_info(written(trials, limits={"latency_ms": 2})).rows] == [
        "patience",
        "not stopped all the same: the scheduler would have done so after epoch 1",
        "patience; not stopped all the same: the scheduler would have done so after epoch 2",
        "breaks limits.latency_ms: 3, at most 2",
    ]


def test_trials_that_break_limits_are_marked_and_stand_behind_candidates(written: Write) -> None:
    ends = [(0.9, 3), (0.5, 1), (0.6, 1)]
    trials = [SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": ms / 1e3}) for value, ms in ends]
    study = written(trials, limits={"latency_ms": 2})
    info = trials_info(study)
    assert [(row.trial, row.is_over) for row in info.first] == [(2, False), (1, False), (0, True)]
    assert info.over == (0,)
    page = render([study])
    rows = [row.partition("</tr>")[0] for row in page.split("<tr")]
    (row,) = [row for row in rows if 'class="tag over">over a limit' in row]
    assert '<td class="number">0</td>' in row, "also without JavaScript"
    assert '"over": [0]' in page
