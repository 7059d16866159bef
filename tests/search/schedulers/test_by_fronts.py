"""Who goes on at a rung where there are several objectives."""

from __future__ import annotations

import math

from cnnsearch.search.schedulers import Go, Stop, make_scheduler
from cnnsearch.search.schedulers.by_fronts import by_fronts, place_in

SQUARE = [(0.0, 4.0), (4.0, 0.0), (3.0, 3.0)]
"""A front: its ends, and what lies between."""


def test_of_a_front_the_best_by_the_metric_comes_first_then_what_is_farthest() -> None:
    places = {own: place_in([*(each for each in SQUARE if each != own), own]) for own in SQUARE}
    assert places == {(4.0, 0.0): 0, (0.0, 4.0): 1, (3.0, 3.0): 2}
    assert place_in([*SQUARE, (3.9, 0.1)]) == 3  # on the front, and close to the first of it


def test_what_is_beaten_comes_after_all_that_is_not() -> None:
    assert place_in([*SQUARE, (2.9, 2.9)]) == 3
    assert place_in([*SQUARE, (2.9, 2.9), (2.8, 2.8)]) == 4
    assert place_in([*SQUARE, (2.8, 2.8), (2.9, 2.9)]) == 3


def test_what_is_not_known_is_worse_than_what_is() -> None:
    assert place_in([(0.1, 0.1), (0.9, -math.inf)]) == 1
    assert place_in([(0.9, -math.inf), (math.nan, 3.0), (0.1, 0.1)]) == 0
    assert place_in([(0.9, -math.inf)]) == 0


def test_the_best_share_goes_on() -> None:
    goes_on = by_fronts(3)
    assert goes_on([], (0.0, 0.0))
    assert not goes_on(SQUARE, (2.9, 2.9))
    assert [goes_on([each for each in SQUARE if each != own], own) for own in SQUARE] == [False, True, False]
    assert goes_on([*SQUARE, (1.0, 1.0)], (5.0, 5.0))
    assert goes_on([*SQUARE, (1.0, 1.0), (1.0, 1.1)], (0.0, 5.0))  # second of six


def test_only_the_last_to_come_are_compared_with() -> None:
    """The order along a front takes the square of its number: a long search must not wait for it."""
    assert by_fronts(2)([(9.0, 9.0)] * 300 + [(1.0, 1.0)] * 256, (2.0, 2.0))


def test_each_rung_counts_what_trials_had_there() -> None:
    made = make_scheduler({"name": "asha", "grace_epochs": 2, "reduction": 2}, 8, objectives=2)
    assert made.decide(0, 2, 0.5, (-3.0,)) == Go()
    assert made.decide(1, 2, 0.4, (-4.0,)) == Stop()
    assert made.decide(2, 2, 0.4, (-1.0,)) == Go()  # the second of three, at the other end of the front
    assert made.decide(3, 2, 0.1, (-0.5,)) == Go()
    assert made.decide(0, 4, 0.6, (-3.0,)) == Go()
    assert made.decide(2, 4, 0.5, (-3.0,)) == Stop()


def test_in_hyperband_each_bracket_has_rungs_of_its_own() -> None:
    made = make_scheduler({"name": "hyperband", "grace_epochs": 2, "reduction": 2, "brackets": 2}, 8, objectives=2)
    assert [made.decide(trial, 2, 0.5 - trial / 10, (-1.0,)) for trial in range(5)].count(Stop()) == 2
