"""Labels read from what a source brings, and how they are split, described and refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.multilabel.strata import label_sets
from cnnsearch.tasks.multilabel.targets import LabelTargets, known, read

NAMES = ("ant", "bee", "cat")
ROWS = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]], np.uint8)
TARGETS = LabelTargets(ROWS, NAMES)


def cells(*texts: str, separator: str = ";") -> RawLabels:
    """One column of several labels."""
    lines = tuple(range(2, 2 + len(texts)))
    array = np.array(texts, np.str_)
    return RawLabels((("dataset.path", array),), ("label",), separator, file="a.csv", lines=lines)


def columns(rows: Any, names: tuple[str, ...] = NAMES) -> RawLabels:
    """A column a label, of a table."""
    array = np.array(rows, np.str_)
    return RawLabels((("dataset.path", array),), names, file="a.csv", lines=tuple(range(2, 2 + len(array))))


def arrays(*parts: Any) -> RawLabels:
    return RawLabels(tuple((f"x.npz: y{number}", np.asarray(part)) for number, part in enumerate(parts)))


def refused(labels: RawLabels) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(labels, None)
    return [str(problem) for problem in caught.value.problems]


class TestSeveralLabelsInACell:
    def test_each_is_a_label_and_an_empty_cell_has_none(self) -> None:
        found = read(cells("cat;ant", "", " bee ; cat "), None)
        assert found.targets.names == NAMES
        assert found.targets.values.tolist() == ROWS.tolist()
        assert found.targets.values.dtype == np.uint8
        assert (found.rows.tolist(), found.notes) == ([0, 1, 2], ())

    def test_an_empty_label_is_refused(self) -> None:
        assert refused(cells("cat;ant", "cat;", "a;;b", ";")) == [
            "dataset.path: line 3: has an empty label beside a ';' (it says 'cat;') (got 'a.csv')",
            "dataset.path: line 4: has an empty label beside a ';' (it says 'a;;b') (got 'a.csv')",
            "dataset.path: line 5: has an empty label beside a ';' (it says ';') (got 'a.csv')",
        ]

    def test_a_label_twice_in_a_cell_is_refused(self) -> None:
        assert refused(cells("cat;ant;cat")) == [
            "dataset.path: line 2: has the label 'cat' twice (it says 'cat;ant;cat') (got 'a.csv')"
        ]

    def test_a_separator_of_no_cell_is_told(self) -> None:
        assert read(cells("cat,ant", "bee"), None).notes == (
            "no picture has two labels: dataset.label_separator ';' stands in none of the cells",
        )

    def test_names_that_look_alike_are_one_label_and_it_is_told(self) -> None:
        composed, decomposed = "caf\u00e9", "cafe\u0301"
        found = read(cells(f"{composed};a", decomposed), None)
        assert found.targets.names == ("a", composed)
        assert found.targets.values.tolist() == [[1, 1], [0, 1]]
        (note,) = found.notes
        assert note.startswith(f"label '{composed}' is spelled in 2 Unicode forms that look alike, and is one label: ")
        assert "twice" in refused(cells(f"{composed};{decomposed}"))[0]


class TestAColumnALabel:
    def test_says_one_or_zero_in_one_of_several_ways(self) -> None:
        found = read(columns([["1", "0", "yes"], ["false", "No", "0.0"], [" 0", "TRUE", "1.0"]]), None)
        assert found.targets.names == NAMES
        assert found.targets.values.tolist() == ROWS.tolist()

    @pytest.mark.parametrize("cell", ["", "2", "-1", "0.5", "maybe", "x"])
    def test_another_cell_is_refused_with_its_line_and_column(self, cell: str) -> None:
        assert refused(columns([["1", "0", "1"], ["0", cell, "1"]]))[0].startswith(
            "dataset.path: line 3, column 'bee': is neither 1 nor 0 (nor true or false, yes or no)"
        )

    def test_not_all_of_many_are_told(self) -> None:
        assert len(refused(columns([["x", "y", "z"]] * 20))) == 10


class TestArrays:
    @pytest.mark.parametrize("kind", [bool, int, np.uint8, float, str, object])
    def test_of_any_kind(self, kind: Any) -> None:
        found = read(arrays(ROWS[:2].astype(kind), ROWS[2:].astype(kind)), None)
        assert found.targets.names == ("0", "1", "2")
        assert found.targets.values.tolist() == ROWS.tolist()

    def test_of_other_numbers(self) -> None:
        assert refused(arrays(ROWS, [[0, 1, 3]])) == [
            "x.npz: y1[0, 2]: is neither 1 nor 0 (nor true or false, yes or no) (got 3)"
        ]
        assert "y0[0, 1]" in refused(arrays([[0.0, np.nan]]))[0]

    def test_of_other_shapes(self) -> None:
        for wrong in ([0, 1, 2], np.zeros((2, 2, 2)), ["a", "b"]):
            assert "must be a column of 0 and 1 for each label, of the shape (n, labels)" in refused(arrays(wrong))[0]
        (told,) = refused(arrays(ROWS, ROWS[:, :2]))
        assert told.startswith("x.npz: y1: has 2 labels, and x.npz: y0 has 3: every split has the same")


class TestNewData:
    def test_columns_are_found_by_their_names(self) -> None:
        turned = columns([["1", "0", "0"]], ("cat", "bee", "ant"))
        assert known(turned, NAMES).values.tolist() == [[0, 0, 1]]

    def test_other_columns_are_refused(self) -> None:
        with pytest.raises(InputError, match="must have the model's labels as columns: ant, bee, cat"):
            known(columns([["1", "0", "0"]], ("cat", "bee", "owl")), NAMES)

    def test_arrays_must_have_all_labels(self) -> None:
        assert known(arrays(ROWS), NAMES).values.tolist() == ROWS.tolist()
        with pytest.raises(InputError, match="must have a column for each of the model's 3 labels: ant, bee, cat"):
            known(arrays(ROWS[:, :2]), NAMES)

    def test_labels_in_cells_may_be_some_and_no_others(self) -> None:
        assert known(cells("cat", ""), NAMES).values.tolist() == [[0, 0, 1], [0, 0, 0]]
        with pytest.raises(InputError, match="does not know the labels 'dog', 'owl'; it knows: ant, bee, cat"):
            known(cells("cat;owl", "dog"), NAMES)


class TestTargets:
    def test_what_a_network_must_give(self) -> None:
        assert TARGETS.outputs == Outputs(3, (3,), "uint8")

    def test_in_words(self) -> None:
        assert [TARGETS.told(index) for index in range(3)] == ["ant, cat", "no label", "bee, cat"]

    def test_some_of_them(self) -> None:
        assert TARGETS.take(np.array([2, 0])).values.tolist() == ROWS[[2, 0]].tolist()

    def test_two_labels_are_needed_and_each_must_be_there(self) -> None:
        assert [each.rule for each in LabelTargets(ROWS[:, :1], ("ant",)).problems(None)] == [
            "needs at least two labels; one alone is the task binary"
        ]
        assert [each.rule for each in TARGETS.take(np.array([0, 1])).problems(None)] == [
            "label 'bee' is that of no readable picture: leave it out"
        ]
        same = np.insert(ROWS[:, 1:], 0, 1, axis=1)
        assert [each.rule for each in LabelTargets(same, TARGETS.names).problems(None)] == [
            "label 'ant' is that of every picture, so that nothing can be learnt: leave it out"
        ]
        assert TARGETS.problems(None) == []

    def test_every_label_must_be_in_train_where_the_source_brings_it(self) -> None:
        given = np.array(["train", "test", "validation"])
        assert [each.rule for each in TARGETS.problems(given)] == [
            "label 'bee' is that of no picture of train, so that it cannot be learnt",
            "no picture of test has a label, so that nothing can be judged",
        ]

    def test_are_described_by_split_and_label_sets(self) -> None:
        described = TARGETS.describe(
            {"train": np.array([0, 2]), "validation": np.array([1]), "test": np.array([], int)}
        )
        assert described["outputs"] == list(NAMES)
        assert {split: sum(of.values()) for split, of in described["counts"].items()} == {
            "train": 2,
            "validation": 1,
            "test": 0,
        }
        assert described["labels"]["train"] == {"ant": 1, "bee": 1, "cat": 2}
        (note,) = described["notes"]
        assert note == (
            "no validation picture has the labels 'ant', 'bee', 'cat': its threshold is 0.5 where it is searched; "
            "precision, recall, F1, average precision and ROC AUC are not defined there, and the means leave them out"
        )

    def test_what_nothing_can_be_learnt_of_is_told(self) -> None:
        always = LabelTargets(np.array([[1, 0], [1, 1]], np.uint8), NAMES[:2])
        assert list(always.describe({"train": np.arange(2)})["notes"]) == [
            "every picture has the label 'ant', of which nothing can be learnt"
        ]
        alone = LabelTargets(np.eye(2, dtype=np.uint8), NAMES[:2])
        assert list(alone.describe({"train": np.arange(2)})["notes"]) == [
            "every picture has exactly one label: the task classification is made for that"
        ]


class TestStrata:
    def test_frequent_sets_are_strata_and_rare_ones_go_with_their_rarest_label(self) -> None:
        rows = [[0, 0, 0]] * 12 + [[1, 0, 0]] * 10 + [[1, 1, 0]] * 9 + [[1, 1, 1]] * 3 + [[1, 0, 1]] * 2
        strata = label_sets(np.array(rows, np.uint8), NAMES)
        assert strata.names == ("no label", "ant", "cat in other sets", "other sets")
        assert np.bincount(strata.members).tolist() == [12, 10, 5, 9]
        assert (strata.noun, strata.plural) == ("label set", "label sets")

    def test_what_is_too_little_for_every_split_goes_with_the_largest(self) -> None:
        rows = [[0, 0, 0]] * 12 + [[1, 0, 0]] * 10 + [[0, 1, 1]]
        strata = label_sets(np.array(rows, np.uint8), NAMES)
        assert strata.names == ("no label", "ant")
        assert np.bincount(strata.members).tolist() == [13, 10]

    def test_there_are_no_more_than_splits_can_hold(self) -> None:
        rng = np.random.default_rng(0)
        values = (rng.random((400, 60)) < 0.05).astype(np.uint8)
        strata = label_sets(values, tuple(map(str, range(60))))
        counts = np.bincount(strata.members, minlength=len(strata.names))
        assert len(strata.names) <= 41
        assert counts.min() >= 3
        assert counts.sum() == 400

    def test_names_of_sets_and_labels_are_told_apart(self) -> None:
        rows = [[1, 1, 0]] * 10 + [[0, 0, 1]] * 10
        strata = label_sets(np.array(rows, np.uint8), ("a", "b", "a + b"))
        assert strata.names == ("a + b (1)", "a + b") or len(set(strata.names)) == 2
