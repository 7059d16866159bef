from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data.labels import class_counts, class_indices, label_names, naturally_sorted, unified
from cnnsearch.errors import InputError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["-1", "0", "-10"], ["-10", "-1", "0"]),
        (["1.5", "10", "2"], ["1.5", "2", "10"]),
        (["img10", "img2", "img"], ["img", "img2", "img10"]),
        (["dog", "Cat", "apple"], ["apple", "Cat", "dog"]),
        (["a", "a1", "a01", "1"], ["1", "a", "a01", "a1"]),
        (["x1y2", "x1y10", "x1"], ["x1", "x1y2", "x1y10"]),
    ],
)
def test_natural_order(names, expected) -> None:
    assert list(naturally_sorted(names)) == expected


@given(st.lists(st.text(max_size=6)))
def test_any_names_have_one_order(names) -> None:
    ordered = naturally_sorted(names)
    assert set(ordered) == set(names)
    assert ordered == naturally_sorted(reversed(names))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([3, 1, 3], ["3", "1", "3"]),
        (np.array([3, 1], dtype=np.uint8), ["3", "1"]),
        ([1.0, 0.0], ["1", "0"]),
        ([True, False], ["True", "False"]),
        (["cat", "dog"], ["cat", "dog"]),
        (np.array(["cat", "dog"], dtype=object), ["cat", "dog"]),
        (np.array([b"cat", b"caf\xc3\xa9"]), ["cat", "café"]),
        (np.array([b"caf\xe9", b"caf\xe8"]), ["caf\udce9", "caf\udce8"]),
        (np.array([3, 1], dtype=object), ["3", "1"]),
        (np.array([[3], [1]], dtype=object), ["3", "1"]),
        (np.array([3.0, np.int64(1)], dtype=object), ["3", "1"]),
        (np.array([True, np.bool_(False)], dtype=object), ["True", "False"]),
        (np.array([[0, 1], [1, 0]], dtype=object), ["1", "0"]),
        (pd.Series([3, 1], dtype="Int64"), ["3", "1"]),
        (pd.Series(["cat", "dog"]), ["cat", "dog"]),
        (pd.Categorical(["cat", "dog"]), ["cat", "dog"]),
        ([[3], [1]], ["3", "1"]),
        ([[0, 1, 0], [1, 0, 0]], ["1", "0"]),
        ([[0.0, 1.0], [1.0, 0.0]], ["1", "0"]),
        ([[False, True], [True, False]], ["1", "0"]),
    ],
)
def test_accepted_labels(labels, names) -> None:
    assert label_names(labels, "y").tolist() == names


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1.0, float("nan")], r"y\[1\]: the label is missing"),
        ([1.0, 0.5], r"y\[1\]: labels must be whole numbers \(got 0.5\)"),
        ([1.0, float("inf")], r"y\[1\]: labels must be whole numbers"),
        ([1.0, 1e300], r"y\[1\]: labels must be whole numbers"),
        (["cat", ""], r"y\[1\]: the label is empty"),
        (np.array(["cat", None], dtype=object), r"y\[1\]: labels must all be strings"),
        (np.array([1, "cat"], dtype=object), r"y\[0\]: labels must all be strings"),
        (np.array([1, True], dtype=object), r"y\[0\]: labels must all be strings"),
        (np.array([1, None], dtype=object), r"y\[0\]: labels must all be strings"),
        (np.array([1.0, float("nan")], dtype=object), r"y\[1\]: the label is missing"),
        ([1j, 2j], "whole numbers, strings or booleans"),
        ([[1, 1], [0, 1]], "one-hot"),
        ([[0, 0], [0, 1]], "one-hot"),
        ([[0.5, 0.5], [0, 1]], "one-hot"),
        ([["a", "b"], ["c", "d"]], "one-hot"),
        (np.zeros((2, 2, 2), int), "shape"),
        (3, "shape"),
        ([[1], [1, 2]], "one for each picture"),
    ],
)
def test_refused_labels(labels, message) -> None:
    with pytest.raises(InputError, match=message):
        label_names(labels, "y")


def test_indices_and_counts() -> None:
    labels = class_indices(np.array(["b", "a", "?", "b"]), ("a", "b", "c"))
    assert labels.tolist() == [1, 0, -1, 1]
    assert labels.dtype == np.int32
    assert class_counts(labels[[0, 1, 3]], ("a", "b", "c")) == {"a": 1, "b": 2, "c": 0}


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


def test_names_that_look_alike_are_one() -> None:
    names, notes = unified(np.array([DECOMPOSED, "dog", COMPOSED]))
    assert names.tolist() == [COMPOSED, "dog", COMPOSED]
    assert notes == (
        f"class '{COMPOSED}' is spelled in 2 Unicode forms that look alike, and is one class: "
        r"'cafe\u0301' and 'caf\xe9'",
    )
    names, notes = unified(np.array([DECOMPOSED, "dog"]))
    assert (names.tolist(), notes) == ([DECOMPOSED, "dog"], ())


def test_a_class_is_found_in_any_unicode_form() -> None:
    assert class_indices(np.array([COMPOSED, DECOMPOSED, "cafe"]), ("dog", DECOMPOSED)).tolist() == [1, 1, -1]
    assert class_indices(np.array([COMPOSED, DECOMPOSED]), (COMPOSED, DECOMPOSED)).tolist() == [0, 1]
