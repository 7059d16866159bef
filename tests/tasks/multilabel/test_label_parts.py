"""Predictions, answers and the record of labels, on few pictures."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.tasks.contract.metrics import UndefinedError
from cnnsearch.tasks.multilabel.answers import LabelAnswers
from cnnsearch.tasks.multilabel.predictions import LabelPredictions, recorded
from cnnsearch.tasks.multilabel.pseudo import counted_pseudo_values
from cnnsearch.tasks.multilabel.spec import MULTILABEL

NAMES = ("ant", "bee", "cat")

TARGETS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 0]], np.uint8)

PROBABILITIES = np.float32([[0.75, 0.25, 0.5], [0.625, 0.125, 0.25], [0.5, 0.75, 0.25], [0.25, 0.375, 0.125]])

THRESHOLDS = np.array([0.5625, 0.3125, 0.375])
"""The second picture is told to be an ant, the third is not: all else is right."""

KEPT = LabelPredictions(TARGETS, PROBABILITIES, THRESHOLDS, NAMES)


class TestPredictions:
    def test_scores(self) -> None:
        found = KEPT.scores(["exact_match", "hamming_loss", "f1", "precision", "recall", "micro_f1", "f1[ant]"])
        assert found == {
            "exact_match": 0.5,
            "hamming_loss": pytest.approx(2 / 12),
            "f1": pytest.approx((1 / 2 + 1 + 1) / 3),
            "precision": pytest.approx((1 / 2 + 1 + 1) / 3),
            "recall": pytest.approx((1 / 2 + 1 + 1) / 3),
            "micro_f1": pytest.approx(8 / 10),
            "f1[ant]": 0.5,
        }

    def test_by_picture(self) -> None:
        assert KEPT.per_item("exact_match").tolist() == [True, False, False, True]
        assert KEPT.per_item("hamming_loss") == pytest.approx([0, 1 / 3, 1 / 3, 0])
        assert KEPT.per_item("loss").mean() == pytest.approx(KEPT.scores(["loss"])["loss"])
        assert KEPT.per_item("threshold[bee]").tolist() == [0.3125] * 4

    @pytest.mark.parametrize(
        "metric", ["f1", "precision", "recall", "micro_f1", "f1[cat]", "average_precision", "roc_auc", "roc_auc[bee]"]
    )
    def test_pseudo_values_are_those_of_the_jackknife(self, metric: str) -> None:
        of = KEPT if metric != "f1[cat]" else LabelPredictions(TARGETS[:, [1, 2, 1]], PROBABILITIES, THRESHOLDS, NAMES)
        (whole,) = of.scores([metric]).values()
        without = [of.take(np.delete(np.arange(4), index)).scores([metric])[metric] for index in range(4)]
        assert of.per_item(metric) == pytest.approx([4 * whole - 3 * each for each in without])

    def test_a_label_that_one_picture_has_leaves_the_mean_without_it(self) -> None:
        true = np.array([[1, 1], [1, 0], [0, 0]]) > 0
        decided = np.array([[1, 1], [0, 0], [1, 0]]) > 0
        counts = LabelPredictions(true, decided.astype(np.float32), np.array([0.5, 0.5]), NAMES[:2]).counts
        whole = (1 / 2 + 1) / 2
        # Without the first picture nobody has the second label: the mean is that of the first label, 0.
        expected = [3 * whole - 2 * 0.0, 3 * whole - 2 * (2 / 3 + 1) / 2, 3 * whole - 2 * (2 / 3 + 1) / 2]
        assert counted_pseudo_values(true, decided, "f1", counts) == pytest.approx(expected)

    def test_shares_of_some_pictures(self) -> None:
        for name in ("recall[ant]", "precision[ant]"):
            right, among = KEPT.counted_for(name)  # type: ignore[misc]  # both are such shares
            assert right[among].tolist() == [True, False]
        assert [KEPT.counted_for(name) for name in ("recall", "f1[ant]", "exact_match")] == [None] * 3

    def test_some_of_them_keep_the_thresholds(self) -> None:
        taken = KEPT.take(np.array([3, 1]))
        assert taken.thresholds is THRESHOLDS
        assert taken.targets.tolist() == TARGETS[[3, 1]].tolist()
        with pytest.raises(UndefinedError, match=r"^f1\[ant\] is not defined where no picture has the label$"):
            taken.scores(["f1[ant]"])
        with pytest.raises(
            UndefinedError, match="roc_auc is not defined where no picture has a label, or all pictures"
        ):
            taken.take(np.array([1])).scores(["roc_auc"])
        with pytest.raises(UndefinedError, match=r"there is no label 'bea'; did you mean 'bee'\?"):
            taken.scores(["f1[bea]"])

    def test_what_is_no_such_prediction_does_not_fit(self) -> None:
        assert KEPT.fits
        assert not KEPT.take(np.array([], int)).fits
        assert not LabelPredictions(TARGETS + 1, PROBABILITIES, THRESHOLDS, NAMES).fits
        assert not LabelPredictions(TARGETS, PROBABILITIES * np.nan, THRESHOLDS, NAMES).fits
        assert not LabelPredictions(TARGETS, PROBABILITIES, THRESHOLDS + 1, NAMES).fits

    def test_only_those_of_the_same_pictures_are_alike(self) -> None:
        assert KEPT.is_alike(LabelPredictions(TARGETS.copy(), PROBABILITIES[::-1], THRESHOLDS, NAMES))
        assert not KEPT.is_alike(LabelPredictions(TARGETS[::-1], PROBABILITIES, THRESHOLDS, NAMES))
        assert not KEPT.is_alike(KEPT.take(np.arange(3)))

    def test_the_worst_mistakes(self) -> None:
        found = KEPT.mistakes(16, NAMES)
        assert found.wrong == 2
        assert [(worst.position, worst.name) for worst in found.worst] == [(1, ("ant", "told")), (2, ("ant", "missed"))]
        assert found.worst[0].told == {
            "true": [],
            "told": ["ant"],
            "label": "ant",
            "probability": 0.625,
            "threshold": 0.5625,
        }
        assert KEPT.mistakes(1, NAMES).worst == found.worst[:1]

    def test_are_kept_as_they_are(self) -> None:
        again = recorded(KEPT.to_arrays(), NAMES)
        assert again.scores(["loss", "f1", "average_precision"]) == KEPT.scores(["loss", "f1", "average_precision"])
        assert recorded(KEPT.to_arrays(), ()).names == ("0", "1", "2"), "not known"
        with pytest.raises(ValueError, match="is of 3 labels, and the study has 2"):
            recorded(KEPT.to_arrays(), NAMES[:2])
        with pytest.raises(ValueError, match=r"holds arrays of the shapes \(4, 3\), \(4, 3\) and \(2,\)"):
            recorded({**KEPT.to_arrays(), "thresholds": THRESHOLDS[:2]}, NAMES)
        with pytest.raises(KeyError):
            recorded({"labels": TARGETS, "probabilities": PROBABILITIES}, NAMES)

    def test_each_label_in_detail(self) -> None:
        told = KEPT.take(np.array([0, 1])).details()["labels"]
        assert told["ant"] == {
            "pictures": 1,
            "threshold": 0.5625,
            "precision": 0.5,
            "recall": 1.0,
            "f1": pytest.approx(2 / 3),
            "average_precision": 1.0,
            "roc_auc": 1.0,
        }
        assert told["bee"] == {
            **dict.fromkeys(("precision", "recall", "f1", "average_precision", "roc_auc")),
            "pictures": 0,
            "threshold": 0.3125,
        }


class TestAnswers:
    answers = MULTILABEL.answers(
        NAMES, {"val_threshold[ant]": 0.5625, "val_threshold[bee]": 0.3125, "val_threshold[cat]": 0.375}
    )

    def test_of_a_picture(self) -> None:
        answer = self.answers.of(np.float32([0.5625, 0.25, 0.75]))
        assert answer.to_dict() == {
            "labels": ["cat", "ant"],
            "probabilities": {"cat": 0.75, "ant": 0.5625, "bee": 0.25},
        }
        assert answer.cells(3) == ("cat 0.750, ant 0.562", "bee 0.250")
        assert answer.cells(1) == ("cat 0.750, ant 0.562", ""), "all that are told, whatever is asked for"
        assert self.answers.of(np.float32([0.5, 0.25, 0.25])).cells(1) == ("no label", "ant 0.500")
        assert len(self.answers.columns) == 2

    def test_of_many(self) -> None:
        predictions = self.answers.predictions(TARGETS, PROBABILITIES)
        assert predictions.thresholds.tolist() == THRESHOLDS.tolist(), "those that were searched on other pictures"
        told = self.answers.told(predictions)
        assert told.lines[0].startswith("4 pictures: macro F1 0.83, mean average precision 0.94, exact match 0.50")
        assert len(told.lines) == 2
        assert told.rows[0] == ("ant", "2", "0.5625", "0.50", "0.50", "0.50", "0.83")
        assert len(told.columns) == len(told.rows[0])

    def test_what_is_not_defined_is_said(self) -> None:
        told = self.answers.told(self.answers.predictions(TARGETS[:2], PROBABILITIES[:2]))
        assert told.lines[2] == "no picture has bee: what is not defined of a label is -, and the means leave it out"
        assert told.rows[1] == ("bee", "0", "0.3125", "-", "-", "-", "-")
        nothing = self.answers.told(self.answers.predictions(TARGETS[1:2], PROBABILITIES[1:2]))
        assert nothing.lines[0].startswith("1 pictures: macro F1 -, mean average precision -, exact match 0.0, loss ")

    def test_thresholds_that_no_record_tells_are_not_guessed(self) -> None:
        answers = MULTILABEL.answers(NAMES, {"val_threshold[ant]": 0.25, "val_threshold[bee]": None})
        for ask in (lambda: answers.predictions(TARGETS, PROBABILITIES), lambda: answers.of(PROBABILITIES[0])):
            with pytest.raises(
                InputError, match=r"STUDY: its record tells no threshold of a label.* \(got '(bee|cat)'\)"
            ):
                ask()
        assert answers.told(KEPT).rows[1][2] == "0.3125", "that of the predictions"

    def test_what_an_exported_model_needs_beside_its_names(self) -> None:
        assert self.answers.decided == {"thresholds": {"ant": 0.5625, "bee": 0.3125, "cat": 0.375}}

    def test_of_a_model_without_a_record_a_half_decides(self) -> None:
        unknown = MULTILABEL.answers(NAMES, {})
        assert unknown.decided == {}
        assert unknown.of(np.float32([0.5, 0.25, 0.75])).to_dict()["labels"] == ["cat", "ant"]
        assert MULTILABEL.answers((), {}).predictions(TARGETS, PROBABILITIES).thresholds.tolist() == [0.5] * 3

    def test_a_model_of_something_else(self) -> None:
        assert self.answers.problem((None, 3)) is None
        assert self.answers.problem((None, 4)) == (
            "is the model of other data: it tells 4 labels, and the study has 3",
            None,
        )
        assert self.answers.problem((None, 2, 2, 3)) == (
            "is no model of labels: it must give (None, labels)",
            (None, 2, 2, 3),
        )
        assert LabelAnswers((), None).problem((None, 4)) is None, "not known"
