"""The front of several objectives on the page, of trials whose front is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.views.front.figure import hypervolume_by_trial
from cnnsearch.report.views.front.info import FrontRow, front_info
from cnnsearch.report.views.front.view import VIEW
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.front_words import front_in_words

Write = Callable[..., Study]

TRIALS = ((0.5, 4.0), (0.9, 8.0), (0.7, 2.0), (0.6, 3.0), (0.8, 6.0))
"""Value and latency; 0 and 3 are beaten by 2."""


@pytest.fixture
def study(written: Write) -> Study:
    return written(
        [
            SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": latency / 1000, "compute_seconds": 1.0})
            for value, latency in TRIALS
        ],
        objective=["val_accuracy", "latency_ms"],
        scheduler="none",
        choose={"within": 0.1, "of": "val_accuracy", "then": "latency_ms"},
    )


def test_the_front_and_how_it_grew(study: Study) -> None:
    info = front_info(study)
    assert info.names == ("val_accuracy", "latency_ms")
    assert info.rows == (
        FrontRow(1, (0.9, pytest.approx(8.0)), ()),  # type: ignore[arg-type]
        FrontRow(4, (0.8, pytest.approx(6.0)), ()),  # type: ignore[arg-type]
        FrontRow(2, (0.7, pytest.approx(2.0)), ()),  # type: ignore[arg-type]
    )
    assert info.chosen == 4
    volumes = {each.trials: each.volume for each in info.growth}
    # Scaled by 0.5 to 0.9 and by 8 to 2 ms: trial 2 is (0.5, 1), trial 4 is (0.75, 1/3).
    assert volumes == pytest.approx({1: 0.0, 2: 0.0, 3: 0.5, 5: 0.5 + 0.25 / 3})
    assert list(hypervolume_by_trial(info).data[0].x) == [1, 2, 3, 5]
    assert VIEW.notes(info) == (
        "Trial 4 is chosen: within 0.1 of the best val_accuracy, then latency_ms. Values are those of the search, of "
        "one training each.",
    )


def test_the_verdict_names_a_front(study: Study) -> None:
    told = "In val_accuracy, latency_ms no other trial beats one of these 3: 1, 4, 2. Trial 4 is chosen: within 0.1 of"
    assert front_in_words(study).startswith(told)
    verdict = verdict_info(study)
    assert verdict.text.startswith(told)
    assert "In the search it had val_accuracy 0.8000 and latency_ms 6.000." in verdict.text
    assert "tie" not in verdict.text


def test_one_objective_has_no_section(written: Write) -> None:
    assert VIEW.absent(front_info(written([SyntheticTrial("COMPLETED", (0.5,))])))
