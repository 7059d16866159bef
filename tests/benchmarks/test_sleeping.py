"""How busy many workers were, by the lines of their epochs."""

from __future__ import annotations

import pytest
from recorded import epoch

from benchmarks.parts.many_workers import MANY_WORKERS
from benchmarks.sleeping import CURVE, EPOCH_SECONDS, slept


def test_only_what_lies_in_the_window_counts() -> None:
    curves = [epoch(0, 1, time=time, seconds=2.0) for time in (9.0, 11.0, 13.0, 21.0, 24.0)]
    assert slept(curves, 10.0, 20.0) == pytest.approx(0 + 1 + 2 + 1 + 0)


def test_a_trial_sleeps_a_minute_at_least_and_reports_every_two_seconds() -> None:
    assert len(CURVE) * EPOCH_SECONDS >= 60
    assert EPOCH_SECONDS <= 2


def test_the_section_says_whether_its_target_is_met() -> None:
    figures = {
        "workers": 64,
        "seconds": 180.0,
        "startup_seconds": 200.0,
        "first_report_seconds": 20.0,
        "utilisation": 0.95,
        "driver_share": 0.25,
        "reports": 5_400,
        "ended": 120,
    }
    text = MANY_WORKERS.render(figures)
    assert "0.950 | yes |" in text
    assert "| the driver's share of one core | 0.25 |" in text
    assert "| reports in that time, a second | 30.0 |" in text
    assert "**no**" in MANY_WORKERS.render({**figures, "utilisation": 0.89})
