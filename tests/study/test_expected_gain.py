"""What more trials would probably give, beside what they do give where that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnsearch.study.expected_gain import FEWEST, expected_gain


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
