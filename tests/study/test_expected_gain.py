"""What more trials would probably give, beside what they do give where that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnsearch.study.progress.expected_gain import FEWEST, expected_gain, trials_to_gain_less, trials_to_reach


def test_of_an_exponential_tail_it_is_the_growth_of_its_largest_value() -> None:
    """The mean over many searches, where draws of scale 1 go on: ``H(60) - H(40)``."""
    rng = np.random.default_rng(0)
    draws = rng.exponential(size=(400, 60))
    true = float((draws.max(axis=1) - draws[:, :40].max(axis=1)).mean())
    assert true == pytest.approx(sum(1 / k for k in range(41, 61)), abs=0.1)
    expected = [expected_gain(row[:40].tolist(), 20) for row in draws]
    assert np.mean(expected) == pytest.approx(true, rel=0.3)
    assert np.mean(expected) > true, "of two scales the larger one counts"


def test_of_a_metric_with_an_end_too_much_is_expected_rather_than_too_little() -> None:
    rng = np.random.default_rng(1)
    draws = rng.uniform(size=(400, 60))
    true = float((draws.max(axis=1) - draws[:, :40].max(axis=1)).mean())
    assert np.mean([expected_gain(row[:40].tolist(), 20) for row in draws]) > true


def test_exactly() -> None:
    """The five largest of twenty are 16 to 20, the next is 15: a mean excess of 3; of the newer half the same."""
    gains = [float(k) for k in range(1, 21)]
    found = expected_gain(gains, 20)
    assert found == pytest.approx(3 * sum(1 / k for k in range(21, 41)), abs=1e-6)
    assert expected_gain(gains, 20, room=0.5) == 0.5
    assert expected_gain(gains[::-1], 20) == found


def test_where_nothing_can_be_told() -> None:
    assert expected_gain([0.1] * (FEWEST - 1), 20) is None
    assert expected_gain([0.1] * 50, 20) is None, "all are at chance"
    assert expected_gain([0.1, *[0.9] * 49], 20) == 0


def test_it_goes_to_nothing_where_nothing_new_comes() -> None:
    rng = np.random.default_rng(2)
    gains = rng.uniform(0, 1, 200).tolist()
    steps = [expected_gain(gains[:count], 20) for count in (20, 50, 100, 200)]
    assert steps == sorted(steps, reverse=True)
    assert not math.isclose(steps[0], steps[-1])


def drawn(count: int) -> list[float]:
    """Quantiles of an exponential distribution of scale 1."""
    return [-math.log((place + 0.5) / count) for place in range(count)]


@pytest.mark.parametrize("target", [7.0, 9.0])
def test_a_target_is_reached_as_often_as_the_tail_says(target: float) -> None:
    gains = drawn(400)
    assert trials_to_reach(gains, target, 10**6) == pytest.approx(math.exp(target), rel=0.15)
    assert trials_to_reach(gains, target, 4) == pytest.approx(4, rel=0.01), "no more than there may be"


@pytest.mark.parametrize("gains", [[0.1] * 5, [0.5] * 40, []])
def test_where_nothing_tells_all_trials_are_run(gains: list[float]) -> None:
    assert trials_to_reach(gains, 0.9, 7) == 7


def test_so_many_trials_are_run_until_little_can_be_gained() -> None:
    gains = drawn(40)
    more = round(trials_to_gain_less(gains, 0.2, 1000))
    assert 0 < more < 1000
    # Of an exponential tail the gain of twenty more falls as 20 / n.
    assert 20 / (40 + more) == pytest.approx(0.2, rel=0.35)
    assert trials_to_gain_less(gains, 5.0, 1000) == 0
    assert trials_to_gain_less(gains[:8], 5.0, 1000) == FEWEST - 8, "it is not asked before"
    assert trials_to_gain_less(gains[:3], 5.0, 1000) == 1000
    assert trials_to_gain_less(gains, 0.2, 1000, room=0.1) == 0, "no more than the metric has left"
    assert trials_to_gain_less([0.1] * 40, 0.2, 1000) == 1000, "all are at chance: the rule ends nothing"
