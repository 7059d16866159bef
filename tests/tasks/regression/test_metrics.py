"""Metrics of numbers against scikit-learn, and what each picture contributes to them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from cnnsearch.tasks.regression.predictions import NumberPredictions

THEIRS: dict[str, Callable[..., float]] = {
    "mae": metrics.mean_absolute_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
    "median_error": metrics.median_absolute_error,
}

numbers = st.one_of(
    st.floats(-1e3, 1e3).map(lambda number: round(number, 3)),
    st.sampled_from([0.0, 1.0, 1.7e9, 1.7e9 + 0.25]),
)
pairs = st.tuples(st.integers(2, 12), st.integers(1, 3)).flatmap(
    lambda shape: st.tuples(*[arrays.arrays(np.float64, shape, elements=numbers)] * 2)
)


def predictions(targets: np.ndarray, values: np.ndarray) -> NumberPredictions:
    return NumberPredictions(targets, values, tuple("abc"[: targets.shape[1]]))


@given(pairs)
def test_as_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    found = predictions(*pair)
    for name, theirs in THEIRS.items():
        assert found.scores([name])[name] == pytest.approx(theirs(*pair), rel=1e-9, abs=1e-9)
        for index, each in enumerate(theirs(*pair, multioutput="raw_values")):
            metric = f"{name}[{'abc'[index]}]"
            assert found.scores([metric]) == {metric: pytest.approx(each, rel=1e-9, abs=1e-9)}


def test_of_one_picture_there_is_no_variance_to_explain() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn says NaN, which no record can hold
        assert np.isnan(metrics.r2_score([3.0], [4.0]))
    assert predictions(np.array([[3.0]]), np.array([[4.0]])).scores(["r2"]) == {"r2": 0.0}
    assert predictions(np.array([[3.0]]), np.array([[3.0]])).scores(["r2"]) == {"r2": 1.0}


@given(pairs)
def test_roots_and_r2_are_told_by_jackknife_pseudo_values(pair: tuple[np.ndarray, np.ndarray]) -> None:
    found, n = predictions(*pair), len(pair[0])
    for name in ("rmse", "r2"):
        if name == "r2" and (n < 3 or np.ptp(pair[0]) > 1e6):
            continue  # a variance of 0 is one only if all digits are there
        whole = found.scores([name])[name]
        rest = [found.take(np.flatnonzero(np.arange(n) != index)) for index in range(n)]
        expected = [n * whole - (n - 1) * without.scores([name])[name] for without in rest]
        np.testing.assert_allclose(found.per_item(name), expected, rtol=1e-6, atol=1e-6 * max(1, *map(abs, expected)))


def test_means_are_the_means_of_what_pictures_contribute() -> None:
    rng = np.random.default_rng(0)
    found = predictions(rng.normal(size=(50, 2)), rng.normal(size=(50, 2)))
    for name in ("mae", "mae[a]", "mae[b]", "median_error", "median_error[b]"):
        assert found.per_item(name).mean() == pytest.approx(found.scores([name])[name], rel=1e-12)
    np.testing.assert_allclose(found.per_item("mae[b]"), np.abs(found.errors[:, 1]))


@pytest.mark.parametrize("n", [200, 2000])
def test_the_spread_of_a_median_is_that_of_many_samples(n: int) -> None:
    """The jackknife's does not converge: its variance is that of an exponential variable, whatever the sample."""
    rng = np.random.default_rng(n)
    errors = rng.normal(size=(300, n))
    true = float(np.median(np.abs(errors), axis=1).std())
    told = [
        float(predictions(np.zeros((n, 1)), row[:, np.newaxis]).per_item("median_error").std() / np.sqrt(n))
        for row in errors
    ]
    assert np.mean(told) == pytest.approx(true, rel=0.1)
    assert np.std(told) < 0.2 * true


def test_equal_errors_have_a_median_without_spread() -> None:
    found = predictions(np.zeros((5, 1)), np.ones((5, 1)))
    assert found.per_item("median_error").tolist() == [1.0] * 5
    few = predictions(np.zeros((1, 1)), np.ones((1, 1)))
    assert [few.per_item(name).tolist() for name in THEIRS] == [[1.0], [1.0], [0.0], [1.0]]
