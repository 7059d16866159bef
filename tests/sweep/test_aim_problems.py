"""What the data do not define is said before the first trial."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.sweep.checks.data_problems import data_problems
from cnnsearch.sweep.checks.metric_check import check_metric
from cnnsearch.tasks.classification.targets import ClassTargets


def problems(aim: str, test: int = 0) -> list[str]:
    """Of nine pictures; the last ``test`` of them, all cats, are the test split."""
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 0, 0], np.int32)
    targets = ClassTargets(labels, ("cat", "dog", "café"))
    pictures = ArrayPictures(np.zeros((9, 8, 8, 1), np.uint8))
    split = Split(np.arange(3), np.arange(3, 9 - test), np.arange(9 - test, 9))
    experiment = Experiment(name="a", space={"filters": 4}, objective=aim)
    return [str(problem) for problem in data_problems(experiment, Dataset(pictures, targets, None, (), ""), split)]


@pytest.mark.parametrize(
    "aim", ["val_accuracy", "val_auc", "val_kappa", "val_recall[cat]", "val_f1[cafe\u0301]", "val_top_2_accuracy"]
)
def test_what_they_define(aim: str) -> None:
    assert problems(aim) == []


@pytest.mark.parametrize(
    ("aim", "message"),
    {
        "val_recall[cow]": "the data have nothing of the name 'cow'; valid: cat, dog, café (got 'val_recall[cow]')",
        "val_recall[cats]": "the data have nothing of the name 'cats'; did you mean 'cat'? (got 'val_recall[cats]')",
        "val_top_5_accuracy": "has no number on the validation split: top_5_accuracy needs more than 5 classes, and "
        "there are 3 (got 'val_top_5_accuracy')",
    }.items(),
)
def test_what_they_do_not(aim: str, message: str) -> None:
    assert problems(aim) == [f"objective.metric: {message}"]


def test_the_test_split_is_to_define_it_too() -> None:
    assert problems("val_recall[dog]", test=2) == [
        "objective.metric: has no number on the test split: recall is not defined for a class without pictures "
        "(got 'val_recall[dog]')"
    ]
    assert "auc is not defined where a class has no pictures" in problems("val_auc", test=2)[0]
    assert problems("val_f1", test=2) == []


class TestAFunction:
    targets = ClassTargets(np.arange(10, dtype=np.int32) % 3, ("cat", "dog", "cow"))

    def test_is_no_matter_of_the_data(self) -> None:
        experiment = {"metric": "no_such_module:cost", "mode": "min"}
        assert problems(experiment) == []  # type: ignore[arg-type]

    def test_judges_predictions_of_no_model(self) -> None:
        check_metric("classification", "own_metrics:cost", self.targets)

    @pytest.mark.parametrize("name", ["failing", "ending", "several", "endless", "missing"])
    def test_that_fails_is_bad_input(self, name: str) -> None:
        with pytest.raises(InputError, match=f"objective.metric: the metric own_metrics:{name} "):
            check_metric("classification", f"own_metrics:{name}", self.targets)
