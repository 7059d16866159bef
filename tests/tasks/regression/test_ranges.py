"""Ranges by which pictures are split."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.tasks.regression.ranges import LEAST_PICTURES, MOST_RANGES, ranges_of


def of(values: list[float]) -> tuple[list[int], tuple[str, ...]]:
    members, names = ranges_of(np.array(values, np.float64)[:, np.newaxis], ("a",))
    return np.bincount(members, minlength=len(names)).tolist(), names


def test_quantiles_of_one_number() -> None:
    counts, names = of([*range(80, 160), *range(80)])
    assert counts == [20] * 8
    assert names[0] == "0 to 19"
    assert names[-1] == "140 to 159"


def test_few_pictures_are_in_few_ranges() -> None:
    assert of([0.0, 1.0]) == ([2], ("0 to 1",))
    assert of([*map(float, range(39))])[0] == [39]
    assert of([*map(float, range(40))]) == ([20, 20], ("0 to 19", "20 to 39"))
    assert of([5.0]) == ([1], ("5",))


def test_equal_numbers_stay_together() -> None:
    """Of nine in ten pictures nothing is to be seen."""
    assert of([0.0] * 900 + [*map(float, range(1, 101))])[0] == [900, 25, 25, 25, 25]
    assert of([0.0] * 90 + [1.0] * 10) == ([100], ("0 to 1",))
    assert of([0.0] * 50 + [1.0] * 50) == ([50, 50], ("0", "1"))


def test_ranges_that_read_alike_are_numbered() -> None:
    assert of([1.7e9 + number for number in range(40)])[1] == ("1: 1.7e+09 to 1.7e+09", "2: 1.7e+09 to 1.7e+09")


def test_several_numbers_are_halved_in_turn() -> None:
    grid = np.array([(x, y) for x in range(10) for y in range(10)], np.float64)
    members, names = ranges_of(grid, ("x", "y"))
    assert names == ("x 0 to 4, y 0 to 4", "x 0 to 4, y 5 to 9", "x 5 to 9, y 0 to 4", "x 5 to 9, y 5 to 9")
    assert np.bincount(members).tolist() == [25] * 4
    still = np.column_stack([np.zeros(100), np.arange(100.0)])
    assert len(ranges_of(still, ("x", "y"))[1]) == 4, "a number that never changes tells nothing apart"


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 1e9]) | st.floats(-1e3, 1e3), min_size=1, max_size=300),
    st.integers(1, 3),
)
def test_whatever_the_numbers(drawn: list[float], outputs: int) -> None:
    values = np.resize(np.array(drawn), (len(drawn), outputs))
    members, names = ranges_of(values, tuple("abc"[:outputs]))
    counts = np.bincount(members, minlength=len(names))
    assert len(set(names)) == len(names) == len(counts) <= MOST_RANGES
    assert len(names) == 1 or counts.min() >= LEAST_PICTURES
    order = np.random.default_rng(0).permutation(len(values))
    np.testing.assert_array_equal(ranges_of(values[order], tuple("abc"[:outputs]))[0], members[order])
