"""Fronts, their order and their hypervolume, by hand; and which of several objectives' trials is the best."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import ended

from cnnsearch.experiment.keys.objective import Choose, Objective
from cnnsearch.study.fronts import dominates, front_of, hypervolume, ranks, spread_from
from cnnsearch.study.ranking import Leading, Ranking
from cnnsearch.study.record.lines import TrialLine

POINTS = [(1.0, 5.0), (2.0, 4.0), (2.0, 3.0), (4.0, 1.0), (1.0, 5.0), (0.0, 0.0)]


def test_who_beats_whom() -> None:
    assert dominates((2.0, 4.0), (2.0, 3.0))
    assert not dominates((2.0, 4.0), (2.0, 4.0))
    assert not dominates((2.0, 4.0), (1.0, 5.0))


def test_fronts_one_behind_the_other() -> None:
    assert ranks(POINTS) == [0, 0, 1, 0, 0, 2]
    assert front_of(POINTS) == [0, 1, 3, 4]
    assert ranks([]) == []


NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 3.0, math.inf, math.nan])


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[NUMBERS] * width), max_size=15)))
def test_each_front_is_what_none_beats_of_those_that_are_left(vectors: list[tuple[float, ...]]) -> None:
    found, left, rank = ranks(vectors), list(range(len(vectors))), 0
    while left:
        front = [one for one in left if not any(dominates(vectors[other], vectors[one]) for other in left)]
        assert [one for one in left if found[one] == rank] == front
        left, rank = [one for one in left if one not in front], rank + 1


def test_any_number_of_the_first_ones_lies_along_the_front() -> None:
    line = [(float(number), -float(number)) for number in range(5)]
    assert spread_from(line, 1) == [1, 4, 0, 2, 3]
    assert spread_from([(1.0, 2.0)], 0) == [0]


@pytest.mark.parametrize(
    ("points", "reference", "volume"),
    [
        ([(1.0, 5.0), (2.0, 4.0), (4.0, 1.0)], (0.0, 0.0), 5 + 4 + 2),
        ([(1.0, 1.0)], (1.0, 0.0), 0.0),
        ([], (0.0, 0.0), 0.0),
        ([(2.0, 1.0, 1.0), (1.0, 2.0, 1.0), (1.0, 1.0, 3.0)], (0.0, 0.0, 0.0), 3 + 1 + 1),
    ],
)
def test_hypervolume(points: list[tuple[float, ...]], reference: tuple[float, ...], volume: float) -> None:
    assert hypervolume(points, reference) == pytest.approx(volume)


OBJECTIVE = Objective(metric="val_accuracy", beside=("latency_ms",))
LINES = [
    ended(number, value, cost={"latency_seconds": latency / 1000}, ended=10.0 + number)
    for number, (value, latency) in enumerate([(0.90, 5), (0.895, 1), (0.908, 20), (0.5, 3), (0.4, 0.5)])
]


def ranking(**choose: Any) -> Ranking:
    section = {"of": "val_accuracy", "then": "latency_ms", **choose}
    return Ranking(1.0, None, OBJECTIVE, Choose(**section))


def test_the_best_of_several_objectives_is_the_one_that_is_chosen() -> None:
    assert [line.trial for line in ranking().front(LINES)] == [0, 1, 2, 4]
    assert [line.trial for line in ranking().ranked(LINES)] == [2, 4, 1, 0, 3]
    assert ranking(within=0.01).ranked(LINES)[0].trial == 0
    assert ranking(within=0.013).ranked(LINES)[0].trial == 1
    assert ranking(within=1.0, of="latency_ms", then="val_accuracy").ranked(LINES)[0].trial == 1


def test_what_may_be_chosen_later_is_remembered() -> None:
    """The third trial raises the bar over the second, and the first one, which had been behind it, is taken."""
    leading: Leading[TrialLine] = Leading(ranking(within=0.01))
    best = []
    for line in LINES[:3]:
        leading.add(line)
        best.append(leading.best.trial if leading.best else None)
    assert best == [0, 1, 0]
    assert [line.trial for line in leading.front] == [0, 1, 2]


def test_a_trial_of_which_an_objective_is_not_known_has_no_place() -> None:
    assert ranking().ranked([ended(0, 0.9), *LINES[:1]]) == LINES[:1]
