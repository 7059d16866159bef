"""Targets, predictions and answers of two classes, on few pictures."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.binary.answers import BinaryAnswers
from cnnsearch.tasks.binary.predictions import BinaryPredictions, make, recorded
from cnnsearch.tasks.binary.spec import BINARY
from cnnsearch.tasks.binary.targets import BinaryTargets, known, read
from cnnsearch.tasks.contract.targets import Outputs

answers = BINARY.answers
NAMES = ("cat", "dog")
LABELS = np.array([0, 1, 1, 0, 0], np.int32)
PROBABILITIES = np.float32([0.125, 0.5, 0.25, 0.375, 0.0])
"""Of dogs; at 0.25 to 0.375 one cat is taken for a dog."""

PREDICTIONS = BinaryPredictions(LABELS, PROBABILITIES, 0.25)


def labels(*names: object) -> RawLabels:
    return RawLabels((("y", np.array(names)),))


class TestTargets:
    targets = BinaryTargets(LABELS, NAMES)

    def test_a_network_gives_one_number(self) -> None:
        assert self.targets.outputs == Outputs(1, (), "int32")
        assert TASKS["binary"].ends == "sigmoid"

    def test_the_second_class_in_order_is_the_positive_one_and_that_is_told(self) -> None:
        found = read(labels("dog", "cat", "dog"), None)
        assert (found.targets.names, found.targets.values.tolist()) == (NAMES, [1, 0, 1])
        assert found.rows.tolist() == [0, 1, 2]
        assert found.notes == (
            "'dog' is the positive class, the second of cat, dog; dataset.classes: [dog, cat] makes it 'cat'",
        )

    def test_the_order_of_the_classes_that_are_named_chooses_it(self) -> None:
        found = read(labels("dog", "cat", "bee", "dog"), ("dog", "cat"))
        assert (found.targets.names, found.targets.values.tolist()) == (("dog", "cat"), [0, 1, 0])
        assert found.rows.tolist() == [0, 1, 3]
        assert found.notes == ("'cat' is the positive class, the second of dataset.classes",)

    @pytest.mark.parametrize(("given", "positive"), [((0, 1, 1), "1"), ((False, True, False), "True"), ((9, 10), "10")])
    def test_numbers_are_in_their_order(self, given: tuple[object, ...], positive: str) -> None:
        assert read(labels(*given), None).targets.names[1] == positive

    def test_other_numbers_of_classes_are_refused(self) -> None:
        with pytest.raises(InputError) as caught:
            read(labels("ant", "bee", "cat"), None)
        assert str(caught.value) == (
            "dataset: task 'binary' tells two classes apart, and there are 3: name two of them in dataset.classes, the "
            "positive one second, or leave the task out (got 'ant, bee, cat')"
        )
        with pytest.raises(InputError, match=r"there is 1: name two"):
            read(labels("ant", "ant"), None)

    def test_the_description_names_the_positive_class(self) -> None:
        described = self.targets.describe({"train": np.array([1, 2]), "test": np.array([0])})
        assert described == {
            "outputs": ["cat", "dog"],
            "counts": {"train": {"cat": 0, "dog": 2}, "test": {"cat": 1, "dog": 0}},
            "positive": "dog",
        }

    def test_new_data_are_read_with_the_classes_of_the_model(self) -> None:
        assert known(labels("dog", "dog"), NAMES).values.tolist() == [1, 1]
        with pytest.raises(InputError, match="y: the model does not know the class 'bee'; it knows: cat, dog"):
            known(labels("dog", "bee"), NAMES)


class TestPredictions:
    def test_a_threshold_that_the_config_does_not_fix_is_searched(self) -> None:
        found = make(LABELS, {"probabilities": PROBABILITIES}, NAMES, {"threshold": None})
        assert found.threshold == 0.1875
        assert make(LABELS, {"probabilities": PROBABILITIES}, NAMES, {"threshold": 0.4}).threshold == 0.4

    def test_scores(self) -> None:
        scores = PREDICTIONS.scores(["sensitivity", "threshold", "specificity", "accuracy", "precision"])
        assert scores == {
            "sensitivity": 1.0,
            "threshold": 0.25,
            "specificity": pytest.approx(2 / 3),
            "accuracy": 0.8,
            "precision": pytest.approx(2 / 3),
        }
        assert next(iter(scores)) == "sensitivity"

    def test_every_metric_of_the_task_has_a_score_and_a_number_for_each_picture(self) -> None:
        names = [metric.name for metric in TASKS["binary"].metrics]
        scores = PREDICTIONS.scores(names)
        for name in names:
            assert PREDICTIONS.per_item(name).shape == (5,)
            assert np.isfinite(scores[name])

    def test_what_is_a_share_of_some_pictures_says_of_which(self) -> None:
        scores = PREDICTIONS.scores(["sensitivity", "specificity", "precision"])
        for name, score in scores.items():
            counted = PREDICTIONS.counted_for(name)
            assert counted is not None
            right, among = counted
            assert right[among].mean() == pytest.approx(score)
            assert among.sum() == 3 or name != "specificity"
        assert PREDICTIONS.counted_for("f1") is None

    def test_some_of_them_are_decided_as_all_were(self) -> None:
        some = PREDICTIONS.take(np.array([3, 1, 1]))
        assert (some.labels.tolist(), some.threshold) == ([0, 1, 1], 0.25)
        assert some.scores(["accuracy"]) == {"accuracy": pytest.approx(2 / 3)}
        assert not some.is_alike(PREDICTIONS)
        assert PREDICTIONS.is_alike(BinaryPredictions(LABELS.copy(), PROBABILITIES[::-1], 0.5))

    def test_are_kept_as_they_are(self) -> None:
        again = recorded(PREDICTIONS.to_arrays(), NAMES)
        assert again.threshold == 0.25
        np.testing.assert_array_equal(again.probabilities, PROBABILITIES)
        np.testing.assert_array_equal(again.labels, LABELS)
        with pytest.raises(ValueError, match="holds arrays of the shapes"):
            recorded({**PREDICTIONS.to_arrays(), "probabilities": np.zeros((5, 2))}, NAMES)
        with pytest.raises(KeyError):
            recorded({"labels": LABELS, "probabilities": PROBABILITIES}, NAMES)

    def test_fit_their_labels(self) -> None:
        assert PREDICTIONS.fits
        assert not BinaryPredictions(LABELS + 1, PROBABILITIES, 0.5).fits
        assert not BinaryPredictions(LABELS, PROBABILITIES * np.nan, 0.5).fits
        assert not PREDICTIONS.take(np.array([], int)).fits

    def test_the_worst_mistakes(self) -> None:
        found = PREDICTIONS.mistakes(16, NAMES)
        assert found.wrong == 1
        (worst,) = found.worst
        assert (worst.position, worst.name) == (3, ("cat", "as", "dog"))
        assert worst.told == {"true": "cat", "predicted": "dog", "probability": 0.375, "true_probability": 0.625}


class TestAnswers:
    answers = answers(NAMES, {"val_threshold": 0.25, "val_loss": 0.1})

    def test_of_a_picture(self) -> None:
        answer = self.answers.of(np.float32([0.375]))
        assert answer.to_dict() == {"label": "dog", "positive": "dog", "probability": 0.375, "threshold": 0.25}
        assert answer.cells(3) == ("dog", "0.375", "0.250")
        assert self.answers.of(np.float32([0.125])).to_dict()["label"] == "cat"
        assert self.answers.columns == ("label", "probability of dog", "threshold")

    def test_are_decided_at_the_threshold_of_the_trial_and_never_at_another(self) -> None:
        """These pictures have a better one."""
        found = self.answers.predictions(LABELS, np.float32([[0.2], [0.2], [0.2], [0.1], [0.1]]))
        assert found.threshold == 0.25
        assert found.scores(["sensitivity", "threshold"]) == {"sensitivity": 0.0, "threshold": 0.25}
        assert found.points.best_threshold() != 0.25

    def test_of_many(self) -> None:
        told = self.answers.told(self.answers.predictions(LABELS, PROBABILITIES[:, None]))
        assert told.lines[0].startswith("5 pictures, 2 of them dog: ROC AUC 0.83, average precision 0.83, loss ")
        assert told.lines[1] == (
            "dog from a probability of 0.2500 on: accuracy 0.80, balanced 0.83; "
            "sensitivity 1.0, specificity 0.67, precision 0.67, F1 0.80"
        )
        assert told.rows == (("cat", "3", "0.67"), ("dog", "2", "1.0"))

    def test_a_record_without_a_threshold_is_refused(self) -> None:
        with pytest.raises(InputError, match="STUDY: its record tells no threshold, and any other would be a guess"):
            answers(NAMES, {"val_loss": 0.5})
        assert answers(NAMES).threshold == 0.5, "no record at all"

    def test_a_model_of_something_else(self) -> None:
        assert self.answers.problem((None, 1)) is None
        rule = "is no model of two classes with one output: it must give (None, 1)"
        assert self.answers.problem((None, 2)) == (rule, (None, 2))
        assert BinaryAnswers((), 0.5).problem((None, 1)) is None, "not known"
