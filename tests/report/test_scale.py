"""Axes on which a few values would squeeze all others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SyntheticTrial

from cnnsearch.report import figures
from cnnsearch.report.statistics.scale import framed
from cnnsearch.study import Study

NEAR = [0.96, 0.961, 0.965, 0.967, 0.97, 0.972, 0.974, 0.976, 0.978, 0.98]


def test_a_value_far_from_all_others_is_left_outside() -> None:
    assert framed([0.16, *NEAR], 0.98) == (0.96, 0.98)
    assert framed([*NEAR, 7.5], 0.96) == (0.96, 0.98)


@pytest.mark.parametrize(
    ("values", "best"),
    [
        (NEAR, 0.98),
        ([0.16, *NEAR], 0.16),  # which must be seen
        ([0.16, 0.97, 0.98], 0.98),  # of three none is far
        ([0.16, *[0.9] * 10], 0.9),  # nothing is squeezed
        ([0.16, 0.2, 0.3, *NEAR], 0.98),  # not a few
        ([], None),
    ],
)
def test_an_axis_of_all_values(values: list[float], best: float | None) -> None:
    assert framed(values, best) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_a_frame_holds_most_values_and_the_best(values: list[float]) -> None:
    best = max(values)
    frame = framed(values, best)
    if frame is not None:
        low, high = frame
        assert low < high
        assert low <= best <= high
        assert sum(low <= value <= high for value in values) >= 0.8 * len(values) - 2


def test_figures_say_what_stands_at_the_edge(written: Callable[..., Study]) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (value,), {"filters": 8 + 8 * (n % 2), "dense_layers": 0, "dropout": n / 24})
        for n, value in enumerate([0.16, *NEAR])
    ]
    study = written(trials)
    for draw in (figures.history_by_trial, figures.each_parameter):
        figure = draw(study)
        assert figure.layout.yaxis.title.text == "val_accuracy (1 below, at the edge)"
        low, high = figure.layout.yaxis.range
        assert low > 0.9
        points = [trace for trace in figure.data if trace.customdata is not None]
        assert min(y for trace in points for y in trace.y) == 0.96
        assert "0.160" in str([trace.text for trace in points])
        assert high > 0.98
