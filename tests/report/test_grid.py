"""How much of a grid was tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report.statistics.grid import grid_info
from cnnsearch.report.views.verdict.info import verdict_info

SPACE = {"filters": {"int": [1, 1001]}}
ENDED = [SyntheticTrial("COMPLETED", [0.9], {"filters": filters}) for filters in (1, 101, 201)]


@pytest.mark.parametrize(
    ("budget", "trials", "told"),
    [
        ({"trials": 3}, ENDED, "3 of the 11 points of the grid were tried: the budget of 3 trials cut it."),
        (
            {"minutes": 5},
            ENDED,
            "3 of the 11 points of the grid were tried: the budget of 5 minutes cut it, or it was interrupted.",
        ),
        (
            {"trials": 40},
            [
                *ENDED[:2],
                SyntheticTrial("FAILED", [], {"filters": 301}, "x"),
                SyntheticTrial("INTERRUPTED", [], {"filters": 401}),
            ],
            "3 of the 11 points of the grid were tried: it was interrupted, or still ran.",
        ),
        (
            {"trials": 40},
            [SyntheticTrial("COMPLETED", [0.9], {"filters": 1 + 100 * number}) for number in range(11)],
            "All 11 points of the grid were tried.",
        ),
    ],
)
def test_a_grid_that_was_cut_says_so(tmp_path: Path, budget: Any, trials: list[SyntheticTrial], told: str) -> None:
    sampler = {"name": "grid", "points": 11}
    study = write_study(tmp_path, digits_experiment(space=SPACE, sampler=sampler, budget=budget), trials)
    info = grid_info(study)
    assert info is not None
    assert info.text == told
    cautions = [caution.text for caution in verdict_info(study).cautions if "grid" in caution.text]
    assert cautions == ([f"{told} The best config may be among the others."] if info.why else [])


def test_other_samplers_have_no_grid(tmp_path: Path) -> None:
    assert grid_info(write_study(tmp_path, digits_experiment(space=SPACE), ENDED)) is None
