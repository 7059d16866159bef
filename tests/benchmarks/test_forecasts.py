"""Forecasts of a sweep that is over, as its record tells them once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.forecasts.page import Row, render
from benchmarks.forecasts.replay import Forecast, Replay
from cnnsearch.study import Study

_RECORDED = Path(__file__).parents[1] / "study" / "format_1" / "finalists"


def test_each_training_that_ended_is_a_moment_of_the_replay() -> None:
    study = Study.load(_RECORDED)
    found = Replay(_RECORDED).forecasts()
    assert len([each for each in found if not each.following]) >= len(study.records)
    assert [each.trials for each in found] == sorted(each.trials for each in found)
    assert all(each.came > 0 for each in found)
    assert {each.following for each in found} == {False, True}
    assert all(each.told is not None for each in found[1:])
    assert study.name in render([Row.of(study, found)], "2026-11-28", "")


@pytest.mark.parametrize(("told", "came", "factor"), [(20.0, 10.0, 2.0), (10.0, 20.0, 2.0), (None, 10.0, None)])
def test_by_which_factor_one_was_wrong(told: float | None, came: float, factor: float | None) -> None:
    assert Forecast(5, False, told, came, 1.0).factor == factor
