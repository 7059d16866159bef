from __future__ import annotations

import math

import numpy as np
import pytest

from cnnsearch.report.statistics.uncertainty import difference_p_value, paired_p_value, wilson


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [(0.5, 10, 0.2366, 0.7634), (0.0, 10, 0.0, 0.2775), (1.0, 10, 0.7225, 1.0), (0.9, 100, 0.8256, 0.9448)],
)
def test_wilson_gives_published_values(share: float, n: int, low: float, high: float) -> None:
    interval = wilson(share, n)
    assert (round(interval.low, 4), round(interval.high, 4), interval.n) == (low, high, n)


def test_wilson_ends_where_shares_do() -> None:
    for n in range(1, 200):
        assert (wilson(0.0, n).low, wilson(1.0, n).high) == (0.0, 1.0), (
            "to the last bit: else it is told as 1.000000000"
        )


def test_paired_test_counts_only_where_the_two_differ() -> None:
    right = np.array([True] * 9 + [False] + [True] * 200)
    other = np.array([False] * 9 + [True] + [True] * 200)
    assert paired_p_value(right, other) == paired_p_value(other, right) == 22 / 1024


def test_paired_test_of_equals_is_one() -> None:
    right = np.array([True, False, True])
    assert paired_p_value(right, right) == 1.0
    assert paired_p_value(right, ~right) == 1.0


def test_paired_test_stands_many_pictures() -> None:
    right = np.arange(5000) < 2400
    assert 0.004 < paired_p_value(right, ~right) < 0.006


def test_difference_of_two_shares() -> None:
    # Pooled 0.85, standard error sqrt(2 * 0.85 * 0.15 / 200) = 0.0357, z = 2.80.
    assert difference_p_value(0.9, 0.8, 200) == pytest.approx(math.erfc(0.1 / math.sqrt(0.001275) / math.sqrt(2)))
    assert difference_p_value(0.9, 0.8, 200) == pytest.approx(0.0051, abs=1e-4)
    assert difference_p_value(1.0, 1.0, 50) == 1.0
