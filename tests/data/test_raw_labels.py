import numpy as np
import pytest

from cnnsearch.data.raw_labels import RawLabels

SPLITS = RawLabels((("x.npz: y_train", np.zeros((3, 2))), ("x.npz: y_test", np.zeros((2, 2)))))
TABLE = RawLabels((("dataset.path", np.array([["1", "a"], ["2", "b"]])),), ("age", "size"), file="a.csv", lines=(2, 4))


def test_a_problem_names_the_split_and_the_place_in_it() -> None:
    assert len(SPLITS) == 5
    assert str(SPLITS.problem(4, "must be a number", "a")) == "x.npz: y_test[1]: must be a number (got 'a')"
    assert str(SPLITS.problem(0, "must be a number", "a", 1)) == "x.npz: y_train[0, 1]: must be a number (got 'a')"
    with pytest.raises(IndexError):
        SPLITS.problem(5, "is not there")


def test_a_problem_of_a_table_names_line_and_column() -> None:
    assert str(TABLE.problem(1, "is no number", "b", 1)) == (
        "dataset.path: line 4, column 'size': is no number (it says 'b') (got 'a.csv')"
    )
    assert str(TABLE.problem(0, "has no label")) == "dataset.path: line 2: has no label (got 'a.csv')"


def test_some_of_them_keep_their_lines() -> None:
    few = TABLE.take([1])
    assert (few.parts[0][1].tolist(), few.lines, few.columns) == ([["2", "b"]], (4,), ("age", "size"))
