"""The alarm at the edge of a range: at the ends that its values can reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report.statistics.edges import edges, place_of
from cnnsearch.space import Float, Int


def test_the_last_step_is_the_end_of_a_range() -> None:
    assert [place_of(Float(0, 1, step=0.3), value) for value in (0.0, 0.9)] == [0.0, 1.0]
    assert [place_of(Int(1, 12, step=4), value) for value in (1, 5, 9)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("best", [0.3, 0.6])
def test_the_alarm_is_at_the_last_step(tmp_path: Path, best: float) -> None:
    """Of a dropout [0, 0.75] by steps of 0.3 the largest is 0.6; 0.3 is within."""
    experiment = digits_experiment(space={"dropout": {"float": [0.0, 0.75], "step": 0.3}, "filters": {"int": [8, 64]}})
    values = [0.0, 0.3, 0.6, best] * 5
    trials = [
        SyntheticTrial("COMPLETED", [0.9 - abs(value - best) / 2 + 0.001 * number], {"dropout": value, "filters": 30})
        for number, value in enumerate(values)
    ]
    found = [
        (edge.parameter, edge.side, edge.bound, edge.value) for edge in edges(write_study(tmp_path, experiment, trials))
    ]
    assert found == ([("dropout", "upper", 0.6, 0.6)] if best == 0.6 else [])
