"""What an experiment file may say of regression."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment

TABLE = {"source": "csv", "path": "a.csv", "label_columns": ["angle", "ink"]}


def experiment(space: dict[str, Any] | None = None, **keys: Any) -> Experiment:
    given = {"dataset": TABLE, "space": {"filters": 8, **(space or {})}, **keys}
    return Experiment(name="a", task="regression", **given)


def told(**keys: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        experiment(**keys)
    return [f"{problem.where}: {problem.rule}" for problem in caught.value.problems]


def test_the_objective_is_the_mean_absolute_error_where_nothing_is_said() -> None:
    made = experiment()
    assert (made.objective.metric, made.objective.mode) == ("val_mae", "min")


@pytest.mark.parametrize("aim", ["val_rmse", "val_r2", "val_median_error", "val_mae[angle]", "val_r2[ink (share)]"])
def test_any_metric_may_be_aimed_at_whatever_loss_is_searched(aim: str) -> None:
    assert experiment({"loss": {"choice": ["mse", "huber"]}}, objective=aim).objective.metric == aim


@pytest.mark.parametrize(
    ("space", "which"),
    [
        ({"loss": {"choice": ["mse", "mae"]}}, "loss of the space is searched"),
        ({"loss": "huber", "huber_delta": {"float": [0.5, 2.0]}}, "huber_delta of the space is searched"),
        (
            {"loss": {"choice": ["mse", "huber"]}, "huber_delta": {"choice": [1.0, 2.0], "when": {"loss": "huber"}}},
            "loss and huber_delta of the space are searched",
        ),
    ],
)
def test_losses_of_several_kinds_are_not_compared(space: dict[str, Any], which: str) -> None:
    for objective in ("val_loss", {"metric": "val_loss"}):
        (found,) = told(space=space, objective=objective)
        assert found == (
            f"objective.metric: cannot be val_loss where {which}: each trial would be measured by another loss; "
            "val_mae and val_rmse are the same for all"
        )


def test_one_loss_may_be_aimed_at() -> None:
    assert experiment({"loss": "huber", "huber_delta": 2.0}, objective="val_loss").objective.metric == "val_loss"


def test_a_delta_that_nothing_reads_is_told() -> None:
    (found,) = told(space={"huber_delta": {"choice": [0.5, 1.0]}})
    assert found.startswith("space.huber_delta: does nothing: it is read only with loss huber, and loss is mse")
    assert experiment({"loss": {"choice": ["mae", "huber"]}, "huber_delta": 2.0})


@pytest.mark.parametrize(
    ("dataset", "where"),
    [
        ({"source": "directory", "path": "a"}, "dataset.source"),
        ({"source": "fashion_mnist"}, "dataset.source"),
        ({**TABLE, "classes": ["a", "b"]}, "dataset.classes"),
        (
            {"source": "csv", "path": "a.csv", "label_column": "angle", "label_separator": ";"},
            "dataset.label_separator",
        ),
    ],
)
def test_labels_that_are_no_numbers_are_refused_when_the_file_is_read(dataset: dict[str, Any], where: str) -> None:
    assert any(found.startswith(f"{where}: ") for found in told(dataset=dataset))


@pytest.mark.parametrize("head", ["logistic_regression", "linear_svm"])
def test_no_head_is_fitted(head: str) -> None:
    space = {"backbone": "mobilenet", "weights": "none", "head": head}
    with pytest.raises(InputError, match=r"space\.head: must be dense for task 'regression'"):
        Experiment(name="a", task="regression", dataset=TABLE, model="transfer", space=space)


@pytest.mark.parametrize("space", [{"loss": "l1"}, {"loss": "huber", "huber_delta": 0.0}, {"label_smoothing": 0.1}])
def test_values_that_mean_nothing(space: dict[str, Any]) -> None:
    assert told(space=space)
