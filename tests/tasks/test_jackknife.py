"""What each picture contributes: the error of its mean is that of the metric."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.tasks.jackknife import BLOCKS, MOST_LEFT_OUT, pseudo_values

finite = st.floats(-1e3, 1e3)


def error(values: np.ndarray) -> float:
    return float(np.sqrt(values.var(ddof=1) / len(values)))


@settings(deadline=None)
@given(st.lists(finite, min_size=2, max_size=40))
def test_of_a_mean_they_are_the_numbers(numbers: list[float]) -> None:
    told = np.array(numbers)
    values = pseudo_values(len(told), lambda stay: float(told[stay].mean()))
    np.testing.assert_allclose(values, told, atol=1e-8)
    assert error(values) == pytest.approx(error(told), abs=1e-8)


@pytest.mark.parametrize("n", [MOST_LEFT_OUT + 1, 1000, 10_000])
def test_of_many_pictures_groups_tell_the_error_of_a_mean(n: int) -> None:
    errors = []
    for seed in range(20):
        numbers = np.random.default_rng(seed).exponential(size=n)
        values = pseudo_values(n, lambda stay, numbers=numbers: float(numbers[stay].mean()))
        assert values.mean() == pytest.approx(numbers.mean(), abs=1e-3)
        errors.append(error(values) / error(numbers))
    assert np.mean(errors) == pytest.approx(1, abs=0.05)
    assert np.std(errors) < 2 / np.sqrt(2 * BLOCKS)


def test_groups_are_mixed_where_the_pictures_lie_sorted() -> None:
    numbers = np.sort(np.random.default_rng(0).normal(size=1000))
    values = pseudo_values(1000, lambda stay: float(numbers[stay].mean()))
    assert error(values) == pytest.approx(error(numbers), rel=0.2)


@pytest.mark.parametrize("n", [50, 1000])
def test_the_error_of_a_ratio_is_that_of_the_delta_method(n: int) -> None:
    x, y = np.random.default_rng(0).gamma(4.0, size=(2, n))
    values = pseudo_values(n, lambda stay: float(x[stay].sum() / y[stay].sum()))
    ratio = x.mean() / y.mean()
    assert error(values) == pytest.approx(error((x - ratio * y) / y.mean()), rel=0.15)


@pytest.mark.parametrize("n", [20, 500])
def test_values_of_two_models_may_be_subtracted(n: int) -> None:
    x, y = np.random.default_rng(1).normal(size=(2, n))
    one, other, difference = (
        pseudo_values(n, lambda stay, each=each: float(each[stay].mean())) for each in (x, y, x - y)
    )
    np.testing.assert_allclose(one - other, difference, atol=1e-9)
