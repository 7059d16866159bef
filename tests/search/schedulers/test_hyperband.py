"""Hyperband: which bracket a trial is of, and among whom it is judged."""

from __future__ import annotations

from collections import Counter

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.search.schedulers import Go, Stop, least_epochs, make_scheduler
from cnnsearch.search.schedulers.hyperband import Hyperband, graces_of, sizes_of


@pytest.mark.parametrize(
    ("grace", "brackets", "epochs", "expected"),
    [(1, 3, 27, (1, 3, 9)), (1, 4, 27, (1, 3, 9, 27)), (1, 8, 27, (1, 3, 9, 27)), (9, 3, 9, (9,)), (20, 3, 9, (20,))],
)
def test_the_graces_of_the_brackets(grace: int, brackets: int, epochs: int, expected: tuple[int, ...]) -> None:
    assert graces_of({"grace_epochs": grace, "reduction": 3, "brackets": brackets}, epochs) == expected


def test_the_sizes_are_those_of_the_paper() -> None:
    """Its table: with 5 brackets and reduction 3 they begin with 81, 34, 15, 8 and 5 configurations."""
    assert sizes_of(5, 3) == (81, 34, 15, 8, 5)


def test_the_bracket_of_a_trial_follows_from_its_number_and_each_gets_its_share_of_any_round() -> None:
    made = Hyperband((1, 3, 9), 3, 27)
    turns = [made._brackets.index(made._of(trial)) for trial in range(34)]
    assert Counter(turns[:17]) == {0: 9, 1: 5, 2: 3}
    assert turns[17:] == turns[:17]
    assert set(turns[:6]) == {0, 1, 2}


def test_a_trial_is_judged_among_those_of_its_bracket_only() -> None:
    made = make_scheduler({"name": "hyperband", "grace_epochs": 1, "reduction": 2, "brackets": 2}, 8)
    assert isinstance(made, Hyperband)
    waits = [trial for trial in range(20) if made._of(trial) is made._brackets[1]]
    stops = [trial for trial in range(20) if made._of(trial) is made._brackets[0]]
    assert made.decide(stops[0], 1, 0.9) == Go()
    assert made.decide(stops[1], 1, 0.1) == Stop()
    assert made.decide(waits[0], 1, 0.1) == Go(), "below the grace of its bracket"
    assert made.decide(waits[0], 2, 0.1) == Go(), "the first there, whatever is in the other bracket"
    assert [made.decide(waits[1], 1, 0.05), made.decide(waits[1], 2, 0.05)] == [Go(), Stop()]


def test_one_bracket_is_asha() -> None:
    options = {"grace_epochs": 1, "reduction": 2}
    asha = make_scheduler({"name": "asha", **options}, 8)
    hyperband = make_scheduler({"name": "hyperband", "brackets": 1, **options}, 8)
    scores = [(trial, epoch, ((trial * 7 + epoch) % 11) / 11) for epoch in (1, 2, 4) for trial in range(12)]
    assert [asha.decide(*each) for each in scores] == [hyperband.decide(*each) for each in scores]


def test_the_estimate_counts_each_bracket_by_its_share() -> None:
    """Two brackets of one size. Rungs at 1, 2, 4 of 8 epochs: 1 + 1/2 + 2/4 + 4/8; and at 2, 4: 2 + 2/2 + 4/4."""
    scheduler = {"name": "hyperband", "grace_epochs": 1, "reduction": 2, "brackets": 2}
    experiment = Experiment(name="x", space={"filters": {"choice": [4, 8]}}, epochs=8, scheduler=scheduler)
    assert sizes_of(2, 2) == (2, 2)
    assert least_epochs("hyperband", experiment.scheduler, 8) == pytest.approx((2 * 2.5 + 2 * 4.0) / 4)
