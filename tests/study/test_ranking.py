"""Which of two trainings is better."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import ended

from cnnsearch.experiment.keys.objective import Choose, Objective
from cnnsearch.experiment.limits import Limits
from cnnsearch.study.ranking import Leading, Ranking
from cnnsearch.study.record.lines import State, TrialLine

LINES = [
    ended(0, 0.7, ended=10.0),
    ended(1, 0.9, state="STOPPED", ended=11.0),
    ended(2, None, ended=12.0),
    ended(3, 0.8, ended=14.0),
    ended(4, 0.8, ended=13.0),
    ended(5, 0.6, state="STOPPED", ended=15.0),
]


@pytest.mark.parametrize(("sign", "order"), [(1.0, [3, 4, 0, 1, 5]), (-1.0, [0, 3, 4, 5, 1])])
def test_completed_ones_first_then_by_value_and_of_equals_the_lower_number(sign: float, order: list[int]) -> None:
    assert [line.trial for line in Ranking(sign).ranked(LINES)] == order


def test_a_study_of_before_has_of_equals_the_first_to_end() -> None:
    ranking = Ranking(1.0, ties="end")
    assert [line.trial for line in ranking.ranked(LINES)] == [4, 3, 0, 1, 5]
    leading: Leading[TrialLine] = Leading(ranking)
    for line in sorted(LINES, key=lambda each: each.ended):
        leading.add(line)
    assert leading.best == LINES[4]
    later = ranking.place_now(1, completed=True, value=0.8)  # whatever its number: it ends after all that have
    assert later < (ranking.place(LINES[3]) or later)


ENDS = st.lists(
    st.tuples(st.sampled_from([0.5, 0.7, 0.9]), st.sampled_from([1, 2, 3]), st.sampled_from(["COMPLETED", "STOPPED"])),
    min_size=2,
    max_size=8,
).flatmap(lambda ends: st.tuples(st.just(ends), st.permutations(range(len(ends)))))


@pytest.mark.parametrize("choose", [None, Choose(of="val_accuracy", then="parameters")])
@given(ends=ENDS)
def test_in_whatever_order_trials_end_the_same_ones_lead(
    choose: Choose | None, ends: tuple[list[tuple[float, int, State]], list[int]]
) -> None:
    objective = None if choose is None else Objective(metric="val_accuracy", beside=("parameters",))
    ranking, (trials, order) = Ranking(1.0, None, objective, choose), ends
    lines = [
        ended(number, value, state=state, ended=float(order[number]), cost={"parameters": parameters})
        for number, (value, parameters, state) in enumerate(trials)
    ]
    arrived = sorted(lines, key=lambda line: line.ended)
    leading: Leading[TrialLine] = Leading(ranking)
    for line in arrived:
        leading.add(line)
    told = [line.trial for line in ranking.ranked(arrived)]
    assert told == [line.trial for line in ranking.ranked(lines)]
    assert leading.best is not None
    assert leading.best.trial == told[0]
    if choose is None:  # of equals the lower number, and nothing else
        assert told == sorted(
            range(len(trials)), key=lambda number: (trials[number][2] != "COMPLETED", -trials[number][0], number)
        )


def test_what_breaks_a_limit_has_no_place_and_what_was_not_measured_breaks_none() -> None:
    ranking = Ranking(1.0, Limits(latency_ms=20, model_mb=5))
    slow, large, fine = (
        replace(LINES[0], cost={"latency_seconds": seconds, "model_bytes": size})
        for seconds, size in ((0.0201, 1_000_000), (0.01, 5_000_001), (0.02, 5_000_000))
    )
    assert ranking.score(slow) is None
    assert ranking.score(large) is None
    assert ranking.ranked([slow, fine, large, LINES[3]]) == [LINES[3], fine]
    assert ranking.broken(slow.cost) == ("limits.latency_ms: 20.1, at most 20",)
    assert ranking.broken({"latency_seconds": 0.05, "model_bytes": 6e6}) == (
        "limits.model_mb: 6, at most 5",
        "limits.latency_ms: 50, at most 20",
    )
    assert ranking.broken(large.cost) == ("limits.model_mb: 5.000001, at most 5",), "it does not read as if it kept it"
    assert ranking.broken({}) == ranking.broken(None) == ()
    assert Ranking(1.0).broken(slow.cost) == ()


def test_what_has_just_as_much_as_its_part_of_a_limit_keeps_it() -> None:
    limits = Limits(parameters=1_000_000, model_mb=0.3, networks=3)
    assert limits.broken({"model_bytes": 100_000}) == ()  # a third of 0.3 is less than 0.1 in floats
    assert limits.excess({"model_bytes": 100_000}) == 0
    assert limits.broken({"parameters": 333_334, "model_bytes": 100_001}) == (
        "limits.parameters: 333334, at most 333333 (1000000 shared by 3 networks)",
        "limits.model_mb: 0.100001, at most 0.1 (0.3 shared by 3 networks)",
    )
    assert Limits(macs=5e7).broken({"macs": 50_000_001}) == ("limits.macs: 50000001, at most 50000000",)


def test_a_score_exceeds_that_of_what_is_worse() -> None:
    ranking = Ranking(-1.0)
    assert ranking.score(LINES[0]) == ranking.score_of(True, 0.7) == (1, -0.7)
    assert ranking.score_of(True, 0.7) > ranking.score_of(True, 0.8) > ranking.score_of(False, 0.1)
    assert ranking.score(LINES[2]) is None
