"""PASHA by itself: rankings, noise, who waits, and who goes on."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.search.schedulers import Go, Pause, Stop, judgements, make_scheduler, milestones, pauses
from cnnsearch.search.schedulers.pasha import Pasha, is_stable, noise_of

OPTIONS = {"grace_epochs": 1, "reduction": 2}
"""Rungs after 1, 2, 4 and 8 of 16 epochs; the second one is the highest at first."""


def pasha() -> Pasha:
    made = make_scheduler({"name": "pasha", **OPTIONS}, 16)
    assert isinstance(made, Pasha)
    return made


def test_it_sees_every_epoch_and_judges_at_rungs() -> None:
    assert milestones("pasha", {"grace_epochs": 2}, 9) == (2, 3, 4, 5, 6, 7, 8)
    assert judgements("pasha", {"grace_epochs": 2}, 9) == (2, 6)
    assert pauses("pasha", {"grace_epochs": 2}, 9) == (6,)
    assert judgements("median", {"grace_epochs": 7}, 9) == (7, 8)
    assert pauses("asha", {}, 9) == ()


@pytest.mark.parametrize(
    ("below", "above", "noise", "expected"),
    [
        ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6], 0.0, True),
        ([0.3, 0.2], [0.5, 0.6], 0.0, False),
        ([0.3, 0.2], [0.5, 0.6], 0.1, True),
        ([0.30, 0.25, 0.10], [0.5, 0.6, 0.4], 0.06, True),
        ([0.30, 0.25, 0.10], [0.4, 0.5, 0.6], 0.06, False),
        ([0.2, 0.2], [0.6, 0.5], 0.0, True),
        ([0.2], [0.6], 0.0, True),
    ],
)
def test_rankings_that_differ_by_noise_alone_agree(
    below: list[float], above: list[float], noise: float, expected: bool
) -> None:
    assert is_stable(below, above, noise) is expected


def test_noise_is_told_by_pairs_that_change_places_and_change_back() -> None:
    up = [0.10, 0.20, 0.30, 0.40]
    crosses_twice = [0.15, 0.15, 0.35, 0.37]  # ahead, behind, ahead, behind
    once = [0.00, 0.10, 0.31, 0.60]
    assert noise_of(np.array([up, once])) == 0
    assert noise_of(np.array([up, crosses_twice])) == pytest.approx(0.03)
    # Of the others two pairs change places once, and none as often.
    assert noise_of(np.array([up, crosses_twice, once])) == pytest.approx(0.03)
    unknown = [0.15, 0.15, 0.35, np.nan]
    assert noise_of(np.array([up, unknown])) == 0


def test_who_comes_to_the_highest_rung_waits_until_it_rises() -> None:
    made = pasha()
    assert [made.decide(0, 1, 0.5), made.decide(0, 2, 0.6)] == [Go(), Pause()]
    assert [made.decide(1, 1, 0.6), made.decide(1, 2, 0.7)] == [Go(), Pause()]
    assert made.released() == {}, "the two are ranked as they were"
    # The third was the best and is now between them: the ranks have changed, so the rung rises. The bar there is 0.65,
    # and of those who wait the best half of all that came go on.
    assert [made.decide(2, 1, 0.7), made.decide(2, 2, 0.65)] == [Go(), Go()]
    assert made.released() == {0: Stop(), 1: Go()}
    assert made.released() == {}
    made.end(0, 2, 0.6)
    assert [made.decide(1, epoch, 0.8) for epoch in (3, 4)] == [Go(), Pause()]


def test_who_is_stopped_at_the_highest_rung_is_compared_too() -> None:
    made = pasha()
    for trial, scores in enumerate([(0.5, 0.6), (0.6, 0.7)]):
        for epoch, score in enumerate(scores, 1):
            made.decide(trial, epoch, score)
    assert [made.decide(2, 1, 0.7), made.decide(2, 2, 0.1)] == [Go(), Stop()]
    assert made.released() == {0: Go(), 1: Go()}, "the bar there is the median of three"


def test_noise_that_was_seen_lets_the_rung_be() -> None:
    """Rungs after 2, 4 and 8 epochs: trials whose ranks change to and fro are not worth more epochs."""
    made = make_scheduler({"name": "pasha", "grace_epochs": 2, "reduction": 2}, 16)
    curves = [(0.5, 0.50, 0.55, 0.60), (0.5, 0.51, 0.54, 0.61)]
    decisions = [
        [made.decide(trial, epoch, curve[epoch - 1]) for epoch in (2, 3, 4)] for trial, curve in enumerate(curves)
    ]
    assert decisions == [[Go(), Go(), Pause()]] * 2
    # The third passes both within their distance of 0.01, by what lies at its lower rung.
    assert [made.decide(2, epoch, score) for epoch, score in ((2, 0.505), (3, 0.4), (4, 0.62))][-1] == Pause()
    assert made.released() == {}


def test_in_the_end_the_best_go_on_to_the_end() -> None:
    made = pasha()
    for trial, top in enumerate((0.5, 0.6, 0.7)):
        assert [made.decide(trial, epoch, top + epoch / 100) for epoch in (1, 2)] == [Go(), Pause()]
    made.close()
    assert made.released() == {0: Stop(), 1: Go(), 2: Go()}
    for trial in (1, 2):
        assert {type(made.decide(trial, epoch, 0.6 + trial / 10)) for epoch in range(3, 16)} == {Go}
    made.close()
    assert made.released() == {}


def test_one_that_ends_where_it_waits_is_not_released() -> None:
    made = pasha()
    assert [made.decide(0, 1, 0.5), made.decide(0, 2, 0.6)] == [Go(), Pause()]
    made.end(0, 2, 0.6)
    made.close()
    assert made.released() == {}
