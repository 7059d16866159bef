"""Session: what of the budget's minutes is over before the first trial."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.study.clock import Clock
from cnnsearch.sweep.session import Session


@pytest.mark.parametrize(("is_all", "expected"), [(True, 107.0), (False, 7.0)])
def test_minutes_of_all_count_from_the_reading_of_the_data_on(is_all: bool, expected: float) -> None:
    now = Clock.started()
    findings: Any = SimpleNamespace(
        material=SimpleNamespace(experiment=SimpleNamespace(budget=SimpleNamespace(all=is_all)))
    )
    session = Session(findings, store=None, clock=replace(now, since=time.monotonic() - 100), spent=7.0)  # type: ignore[arg-type]
    assert session.spent_before_trials == pytest.approx(expected, abs=5)
    after_outer = replace(session, elsewhere=90.0)
    assert after_outer.spent_before_trials == pytest.approx(expected - 90.0 * is_all, abs=5), "these had their own"
