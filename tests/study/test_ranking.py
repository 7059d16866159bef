"""Which of two trainings is better."""

from __future__ import annotations

import pytest
from recorded import ended

from cnnsearch.study.ranking import Ranking

LINES = [
    ended(0, 0.7, ended=10.0),
    ended(1, 0.9, state="STOPPED", ended=11.0),
    ended(2, None, ended=12.0),
    ended(3, 0.8, ended=14.0),
    ended(4, 0.8, ended=13.0),
    ended(5, 0.6, state="STOPPED", ended=15.0),
]


@pytest.mark.parametrize(("sign", "order"), [(1.0, [4, 3, 0, 1, 5]), (-1.0, [0, 4, 3, 5, 1])])
def test_completed_ones_first_then_by_value_and_of_equals_the_earlier(sign: float, order: list[int]) -> None:
    assert [line.trial for line in Ranking(sign).ranked(LINES)] == order


def test_a_score_exceeds_that_of_what_is_worse() -> None:
    ranking = Ranking(-1.0)
    assert ranking.score(LINES[0]) == ranking.score_of(True, 0.7) == (1, -0.7)
    assert ranking.score_of(True, 0.7) > ranking.score_of(True, 0.8) > ranking.score_of(False, 0.1)
    assert ranking.score(LINES[2]) is None
