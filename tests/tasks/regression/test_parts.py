"""Targets, predictions and answers of regression, on few pictures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.regression.answers import NumberAnswers
from cnnsearch.tasks.regression.predictions import NumberPredictions, recorded
from cnnsearch.tasks.regression.spec import REGRESSION
from cnnsearch.tasks.regression.targets import NumberTargets, known, make, read

TWO = NumberTargets(np.array([[0.0, 10.0], [2.0, 30.0], [4.0, 20.0], [6.0, 20.0]]), ("angle", "size"))
STAMPS = 1.7e9 + np.array([[0.0], [0.25], [0.5], [0.75]])
"""Seconds: float32 has one number for all."""


def labels(*parts: Any, **keys: Any) -> RawLabels:
    return RawLabels(tuple((f"y_{number}", np.asarray(part)) for number, part in enumerate(parts)), **keys)


def told(caught: pytest.ExceptionInfo[InputError]) -> list[tuple[str, str]]:
    return [(problem.where, problem.rule) for problem in caught.value.problems]


class TestTargets:
    def test_what_a_network_must_give(self) -> None:
        centre, spread = TWO.values.mean(axis=0), TWO.values.std(axis=0)
        assert TWO.outputs == Outputs(2, (2,), "float64", (*centre, *spread))

    def test_a_number_that_is_the_same_everywhere_does_not_divide_by_nothing(self) -> None:
        assert TWO.take(np.zeros(8, int)).outputs.constants == (0.0, 10.0, 1.0, 1.0), "as a family is tried out"

    def test_numbers_that_float32_cannot_tell_apart_keep_their_spread(self) -> None:
        centre, spread = make(STAMPS, ("value",)).outputs.constants
        assert centre == 1.7e9 + 0.375
        assert spread == pytest.approx(np.std([0.0, 0.25, 0.5, 0.75]), rel=1e-12)

    def test_some_of_them(self) -> None:
        taken = TWO.take(np.array([3, 0]))
        assert (taken.values.tolist(), taken.names) == ([[6.0, 20.0], [0.0, 10.0]], TWO.names)
        assert taken.told(0) == "angle 6, size 20"

    def test_are_described_by_split(self) -> None:
        described = TWO.describe({"train": np.array([1, 2]), "validation": np.array([0, 3]), "test": np.array([], int)})
        name = "angle 0 to 6, size 10 to 30"
        assert described == {
            "outputs": ["angle", "size"],
            "counts": {"train": {name: 2}, "validation": {name: 2}, "test": {name: 0}},
            "numbers": {
                "angle": {"mean": 3.0, "spread": 1.0, "low": 2.0, "high": 4.0},
                "size": {"mean": 25.0, "spread": 5.0, "low": 20.0, "high": 30.0},
            },
        }

    def test_the_strata_are_ranges(self) -> None:
        strata = make(np.arange(80.0)[:, np.newaxis], ("a",)).strata
        assert strata.names == ("0 to 19", "20 to 39", "40 to 59", "60 to 79")
        assert (strata.noun, strata.plural) == ("range", "ranges")

    def test_a_number_must_vary(self) -> None:
        assert TWO.problems(None) == []
        still = make(np.array([[1.0, 5.0], [2.0, 5.0]]), ("a", "b"))
        assert [(each.rule, each.value) for each in still.problems(None)] == [
            ("'b' is the same for all pictures: there is nothing to learn", 5.0)
        ]
        given = np.array(["train", "train", "test", "test"])
        some = make(np.array([[1.0], [1.0], [2.0], [3.0]]), ("a",))
        assert [each.rule for each in some.problems(given)] == [
            "'a' is the same for all pictures of the training split: there is nothing to learn"
        ]
        assert "give another unit" in make(np.array([[0.0], [1e-31]]), ("a",)).problems(None)[0].rule
        assert [each.rule for each in some.take(np.array([0])).problems(None)] == ["needs at least two pictures"]

    def test_the_fingerprint_is_of_the_numbers_alone(self) -> None:
        same = [np.array([[0.0, 10.0]]), np.asfortranarray([[-0.0, 10.0]]), np.array([[0, 10]], ">f8")]
        assert {make(values, ("a", "b")).content() for values in same} == {
            bytes.fromhex("0000000000000000" + "0000000000002440")
        }


class TestReading:
    @pytest.mark.parametrize(
        "part",
        [
            np.array([1, 2], np.uint8),
            np.array([1, 2], ">i8"),
            np.array([1, 2], np.float16),
            np.array([[1.0], [2.0]], np.longdouble),
            np.array(["1", " 2.0 "]),
            np.array([b"1e0", b"+.2E1"]),
            np.array([1, Decimal("2.0")], object),
        ],
        ids=lambda part: str(part.dtype),
    )
    def test_numbers_of_any_kind(self, part: np.ndarray) -> None:
        found = read(labels(part), None)
        assert found.targets.values.tolist() == [[1.0], [2.0]]
        assert found.targets.values.dtype == np.float64
        assert (found.targets.names, found.rows.tolist()) == (("value",), [0, 1])

    def test_splits_follow_each_other_whatever_they_are_of(self) -> None:
        found = read(labels(np.int8([[1, 2]]), np.array([["3", "4.5"]])), None).targets
        assert (found.values.tolist(), found.names) == ([[1.0, 2.0], [3.0, 4.5]], ("value_1", "value_2"))

    def test_columns_have_their_names(self) -> None:
        text = labels(np.array([["1", "2"], ["3", "4"]]), columns=("angle", "size (mm)"))
        assert read(text, None).targets.names == ("angle", "size (mm)")

    @pytest.mark.parametrize(
        ("cell", "rule"),
        [
            ("", "the number is missing"),
            ("n/a", "the number is missing; of an empty cell checks: {missing: drop} leaves out the row"),
            ("NaN", "the number is missing; of an empty cell checks: {missing: drop} leaves out the row"),
            ("-inf", "must be finite"),
            ("cat", "must be a number"),
            ("1_000", "must be a number"),
            ("٣", "must be a number"),
            ("0x10", "must be a number"),
            ("3,5", "must be a number with a point, not a comma"),
            ("1e400", "must be from -1e+30 to 1e+30: give it in another unit"),
            ("-2e30", "must be from -1e+30 to 1e+30: give it in another unit"),
        ],
    )
    def test_a_cell_that_is_no_number_is_told_with_its_place(self, cell: str, rule: str) -> None:
        table = np.array([["1", "2"], ["3", cell]])
        given = RawLabels((("dataset.path", table),), ("angle", "size"), file="a.csv", lines=(2, 5))
        with pytest.raises(InputError) as caught:
            read(given, None)
        assert told(caught) == [("dataset.path", f"line 5, column 'size': {rule} (it says '{cell}')")]
        assert caught.value.problems[0].value == "a.csv"

    def test_numbers_may_have_a_comma_where_the_source_says_so(self) -> None:
        table = np.array([["1,5", "-2"], ["3", "4,25e1"]])
        given = RawLabels((("dataset.path", table),), ("angle", "size"), decimal=",", file="a.csv", lines=(2, 3))
        assert read(given, None).targets.values.tolist() == [[1.5, -2.0], [3.0, 42.5]]
        table[1, 1] = "4.25"
        with pytest.raises(InputError) as caught:
            read(replace(given, parts=(("dataset.path", table),)), None)
        rule = "must be a number with a comma, not a point, as decimal: ',' says (it says '4.25')"
        assert told(caught) == [("dataset.path", f"line 3, column 'size': {rule}")]
        table[1, 1] = "4,25"
        with pytest.raises(InputError) as caught:
            read(replace(given, parts=(("dataset.path", table),), decimal="."), None)
        assert "not a comma; dataset.decimal: ',' reads commas (it says '1,5')" in told(caught)[0][1]

    @pytest.mark.parametrize(
        ("part", "rule"),
        [
            (np.array([0.0, np.nan]), "the number is missing"),
            (np.array([0.0, np.inf]), "must be finite"),
            (np.array([0.0, 1e31]), "must be from -1e+30 to 1e+30: give it in another unit"),
            (np.array([0, None], object), "the number is missing"),
            (np.array([0, True], object), "must be a number"),
            (np.array([0, 1j], object), "must be a number"),
            (np.array([0, 10**400], object), "must be from -1e+30 to 1e+30: give it in another unit"),
        ],
    )
    def test_so_is_one_of_an_array(self, part: np.ndarray, rule: str) -> None:
        with pytest.raises(InputError) as caught:
            read(labels(np.zeros(3), part), None)
        assert told(caught) == [("y_1[1]", rule)]

    def test_of_many_the_first_are_told(self) -> None:
        with pytest.raises(InputError) as caught:
            read(labels(np.full((4, 2), np.nan)), None)
        assert len(caught.value.problems) == 6
        assert told(caught)[-1] == ("dataset", "and 3 more such numbers")
        assert told(caught)[0][0] == "y_0[0, 0]"

    @pytest.mark.parametrize(
        ("part", "rule"),
        [
            (np.zeros((2, 2, 2)), "numbers must have the shape (n,), or (n, numbers of a picture)"),
            (np.zeros((2, 0)), "numbers must have the shape (n,), or (n, numbers of a picture)"),
            (np.array([True, False]), "must be numbers, and these are true or false"),
            (np.array([1j, 2j]), "must be real numbers"),
            (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), "must be real numbers"),
        ],
    )
    def test_arrays_of_something_else(self, part: np.ndarray, rule: str) -> None:
        with pytest.raises(InputError) as caught:
            read(labels(part), None)
        (found,) = told(caught)
        assert found[0] == "y_0"
        assert found[1].startswith(rule)

    def test_splits_must_have_as_many(self) -> None:
        with pytest.raises(InputError, match="all splits must have as many numbers a picture"):
            read(labels(np.zeros((2, 2)), np.zeros(2)), None)

    def test_of_new_data_there_must_be_as_many_as_the_model_tells(self) -> None:
        assert known(labels(np.array([1, 2])), ("angle",)).names == ("angle",)
        with pytest.raises(InputError, match=r"y_0: must have 2 numbers a picture, as the model: a, b \(got 1\)"):
            known(labels(np.array([1, 2])), ("a", "b"))


class TestPredictions:
    predictions = NumberPredictions(
        TWO.values, TWO.values + np.array([[0.5, 0], [0, -20], [-1, 0], [0, 0]]), TWO.names, np.float32([1, 2, 3, 4])
    )

    def test_scores_in_the_order_in_which_they_are_asked_for(self) -> None:
        found = self.predictions.scores(iter(["mae[size]", "loss", "mae", "mae[angle]"]))
        assert found == {"mae[size]": 5.0, "loss": 2.5, "mae": 2.6875, "mae[angle]": 0.375}
        assert list(found) == ["mae[size]", "loss", "mae", "mae[angle]"]

    @pytest.mark.parametrize("metric", ["mae[colour]", "accuracy"])
    def test_what_there_is_not(self, metric: str) -> None:
        with pytest.raises(KeyError):
            self.predictions.scores([metric])

    def test_the_worst_by_their_spread(self) -> None:
        found = self.predictions.mistakes(2, TWO.names)
        assert (found.wrong, [each.position for each in found.worst]) == (3, [1, 2])
        assert found.worst[0].name == ("2-30", "as", "2-10")
        assert found.worst[0].told == {
            "true": {"angle": 2.0, "size": 30.0},
            "predicted": {"angle": 2.0, "size": 10.0},
            "error": {"angle": 0.0, "size": -20.0},
        }
        assert [each.position for each in self.predictions.mistakes(9, TWO.names).worst] == [1, 2, 0]

    def test_are_kept_in_full(self) -> None:
        again = recorded(self.predictions.to_arrays(), TWO.names)
        for name in ("targets", "values", "losses"):
            np.testing.assert_array_equal(getattr(again, name), getattr(self.predictions, name))
        assert again.names == TWO.names
        of_file = NumberPredictions(TWO.values, TWO.values, TWO.names)
        assert recorded(of_file.to_arrays(), TWO.names).losses is None

    def test_what_was_kept_by_something_else(self) -> None:
        arrays = self.predictions.to_arrays()
        for name, wrong in (("targets", np.zeros(4)), ("values", np.zeros((4, 3))), ("losses", np.zeros(3))):
            with pytest.raises(ValueError, match="holds arrays of the shapes"):
                recorded({**arrays, name: wrong}, TWO.names)
        with pytest.raises(ValueError, match="is of 2 numbers a picture, and the study has 1"):
            recorded(arrays, ("angle",))

    def test_some_of_them(self) -> None:
        taken = self.predictions.take(np.array([1, 1]))
        assert (len(taken), taken.values[:, 1].tolist(), taken.losses.tolist()) == (2, [10.0, 10.0], [2.0, 2.0])  # type: ignore[union-attr]
        assert not taken.is_alike(self.predictions)
        assert self.predictions.is_alike(NumberPredictions(TWO.values, TWO.values, TWO.names))

    def test_whether_they_are_sound(self) -> None:
        assert self.predictions.fits
        assert not self.predictions.take(np.array([], int)).fits
        assert not NumberPredictions(TWO.values, TWO.values * np.nan, TWO.names).fits

    def test_a_training_that_diverged_is_told_by_its_numbers(self) -> None:
        endless = NumberPredictions(TWO.values, TWO.values + np.inf, TWO.names)
        assert endless.scores(["mae"])["mae"] == np.inf

    def test_what_a_metric_of_somebodys_own_gets(self) -> None:
        assert [part.shape for part in self.predictions.pair] == [(4, 2), (4, 2)]
        one = NumberPredictions(STAMPS, STAMPS, ("value",))
        assert [part.shape for part in one.pair] == [(4,), (4,)]


class TestAnswers:
    answers = REGRESSION.answers(("angle", "size"), {})

    def test_of_a_picture(self) -> None:
        answer = self.answers.of(np.array([0.25, 1234567.5]))
        assert answer.to_dict() == {"values": {"angle": 0.25, "size": 1234567.5}}
        assert answer.cells(3) == ("0.25", "1.23457e+06")
        assert len(answer.cells(3)) == len(self.answers.columns)

    def test_of_many(self) -> None:
        found = self.answers.told(self.answers.predictions(TWO.values, TWO.values + 1))
        assert found.lines[0] == "4 pictures: mean absolute error 1.0, root of the mean squared error 1.0"
        assert found.columns == ("number", "mae", "rmse", "r2", "median_error")
        assert [row[0] for row in found.rows] == ["angle", "size"]
        assert found.rows[1][1:] == ("1.0", "1.0", "0.98", "1.0")

    def test_a_model_of_something_else(self) -> None:
        assert self.answers.problem((None, 2)) is None
        assert self.answers.problem((None, 4)) == (
            "is the model of other data: it tells 4 numbers a picture, and the study has 2",
            None,
        )
        assert self.answers.problem((None, 2, 2, 3)) == (
            "is no model of numbers: it must give (None, numbers of a picture)",
            (None, 2, 2, 3),
        )
        assert NumberAnswers(()).problem((None, 4)) is None, "not known"
