from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from cnnsearch.tasks.classification.metrics import OF_ALL, Counts, confusion_matrix

pairs = st.integers(2, 6).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(
            st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)),
            min_size=1,
            max_size=40,
        ),
    )
)


def macro(confusion: np.ndarray) -> list[float]:
    return [OF_ALL[name](Counts.of_matrix(confusion)) for name in ("precision", "recall", "f1")]


@given(pairs)
def test_as_scikit_learn(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    classes, pairs = drawn
    labels, predicted = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    confusion = confusion_matrix(labels, predicted.astype(np.int64), classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # classes that only the other side has
        expected = metrics.confusion_matrix(labels, predicted, labels=range(classes))
        scores = metrics.precision_recall_fscore_support(
            labels, predicted, labels=np.unique(labels), average="macro", zero_division=0
        )
    np.testing.assert_array_equal(confusion, expected)
    assert macro(confusion) == pytest.approx(scores[:3], abs=1e-12)


def test_a_class_without_pictures_is_not_counted() -> None:
    precision, recall, f1 = macro(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]))
    assert precision == pytest.approx((1 + 4 / 5) / 2)
    assert recall == pytest.approx((3 / 4 + 1) / 2)
    assert f1 == pytest.approx((6 / 7 + 8 / 9) / 2)
