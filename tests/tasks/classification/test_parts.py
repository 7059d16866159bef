"""Targets, predictions and answers of classification, on few pictures."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError
from cnnsearch.tasks.classification.answers import ClassAnswers
from cnnsearch.tasks.classification.predictions import ClassPredictions, make
from cnnsearch.tasks.classification.targets import ClassTargets, known, read
from cnnsearch.tasks.contract.targets import Outputs

TARGETS = ClassTargets(np.array([0, 2, 2, 1], np.int32), ("ant", "bee", "cat"))

PROBABILITIES = np.float32([[0.5, 0.25, 0.25], [0.75, 0.125, 0.125], [0.25, 0.25, 0.5], [0.0, 0.5, 0.5]])
"""Right, surely wrong, right, right."""


class TestTargets:
    def test_what_a_network_must_give(self) -> None:
        assert TARGETS.outputs == Outputs(3, (), "int32")

    def test_the_strata_are_the_classes(self) -> None:
        strata = TARGETS.strata
        assert (strata.members.tolist(), strata.names) == ([0, 2, 2, 1], TARGETS.names)
        assert (strata.noun, strata.plural) == ("class", "classes")

    def test_some_of_them(self) -> None:
        taken = TARGETS.take(np.array([3, 0]))
        assert (taken.values.tolist(), taken.names, taken.told(0)) == ([1, 0], TARGETS.names, "bee")

    def test_are_described_by_split(self) -> None:
        described = TARGETS.describe({"train": np.array([1, 2]), "test": np.array([], int)})
        assert described == {
            "classes": ["ant", "bee", "cat"],
            "counts": {"train": {"ant": 0, "bee": 0, "cat": 2}, "test": {"ant": 0, "bee": 0, "cat": 0}},
        }

    def test_every_class_must_be_there_and_in_every_split(self) -> None:
        assert TARGETS.problems(None) == []
        rules = [problem.rule for problem in TARGETS.problems(np.array(["train", "train", "test", "train"]))]
        assert rules == [
            "class 'ant' is in train but not in test; every split needs every class",
            "class 'bee' is in train but not in test; every split needs every class",
        ]
        assert [each.rule for each in TARGETS.take(np.array([0, 1])).problems(None)] == [
            "class 'bee' has no readable picture"
        ]

    def test_from_names(self) -> None:
        raw = RawLabels((("x", np.array(["cat", "ant", "bee", "ant"])),))
        found = read(raw, None)
        assert (found.targets.values.tolist(), found.targets.names) == ([2, 0, 1, 0], TARGETS.names)
        few = read(raw, ("cat", "ant"))
        assert (few.targets.values.tolist(), few.targets.names, few.rows.tolist()) == (
            [1, 0, 0],
            ("ant", "cat"),
            [0, 1, 3],
        )

    def test_of_a_model_that_is_there(self) -> None:
        assert known(RawLabels((("DATA", np.array(["cat", "ant"])),)), TARGETS.names).values.tolist() == [2, 0]
        with pytest.raises(InputError, match="DATA: the model does not know the class 'dog'; it knows: ant, bee, cat"):
            known(RawLabels((("DATA", np.array(["cat", "dog"])),)), TARGETS.names)


class TestPredictions:
    predictions = ClassPredictions(TARGETS.values, PROBABILITIES)

    def test_scores(self) -> None:
        found = self.predictions.scores(["f1", "accuracy", "loss", "precision", "recall"])
        assert list(found) == ["f1", "accuracy", "loss", "precision", "recall"]
        assert found["accuracy"] == 0.75
        assert found["precision"] == pytest.approx((1 / 2 + 1 + 1) / 3)
        assert found["recall"] == pytest.approx((1 + 1 + 1 / 2) / 3)
        assert found["f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
        assert found["loss"] == pytest.approx(-np.log([0.5, 0.125, 0.5, 0.5]).mean())

    def test_what_a_graph_has_counted_is_not_counted_again(self) -> None:
        counted = np.eye(3, dtype=np.int64)
        judged = {"probabilities": PROBABILITIES, "confusion": counted}
        assert make(TARGETS.values, judged, TARGETS.names, {}).confusion is counted
        assert self.predictions.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]

    def test_macro_averages_are_over_the_classes_that_occur(self) -> None:
        few = ClassPredictions(TARGETS.values[:1], PROBABILITIES[:1])
        assert few.scores(["recall", "f1"]) == {"recall": 1.0, "f1": 1.0}

    def test_by_picture(self) -> None:
        assert self.predictions.per_item("accuracy").tolist() == [1.0, 0.0, 1.0, 1.0]
        assert self.predictions.per_item("loss").mean() == pytest.approx(self.predictions.scores(["loss"])["loss"])
        with pytest.raises(KeyError):
            self.predictions.per_item("recal")

    def test_the_worst_mistakes(self) -> None:
        found = self.predictions.mistakes(16, TARGETS.names)
        assert found.wrong == 1
        (worst,) = found.worst
        assert (worst.position, worst.name) == (1, ("cat", "as", "ant"))
        assert worst.told == {"true": "cat", "predicted": "ant", "probability": 0.75, "true_probability": 0.125}
        assert self.predictions.mistakes(0, TARGETS.names).worst == ()


class TestAnswers:
    answers = ClassAnswers(("ant", "bee", "cat"))

    def test_of_a_picture(self) -> None:
        answer = self.answers.of(np.float32([0.25, 0.5, 0.25]))
        assert answer.to_dict() == {"label": "bee", "probabilities": {"bee": 0.5, "ant": 0.25, "cat": 0.25}}
        assert answer.cells(2) == ("bee", "0.500", "ant 0.250")
        assert len(answer.cells(3)) == len(self.answers.columns)

    def test_of_many(self) -> None:
        told = self.answers.told(self.answers.predictions(TARGETS.values, PROBABILITIES))
        assert told.lines[0].startswith("4 pictures: accuracy 0.75, loss ")
        assert told.rows == (("ant", "1", "1.0"), ("bee", "1", "1.0"), ("cat", "2", "0.50"))
        assert len(told.columns) == 3

    def test_a_model_of_something_else(self) -> None:
        assert self.answers.problem((None, 3)) is None
        assert self.answers.problem((None, 4)) == (
            "is the model of other data: it tells 4 classes apart, and the study has 3",
            None,
        )
        assert self.answers.problem((None, 2, 2, 3)) == (
            "is no model of classes: it must give (None, classes)",
            (None, 2, 2, 3),
        )
        assert ClassAnswers(()).problem((None, 4)) is None, "not known"
