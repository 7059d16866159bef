"""What every task of the table does, and what an experiment makes of ``task:``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.families.family import SHARED
from cnnsearch.tasks import AIMS, DEFAULT_TASK, TASKS
from cnnsearch.tasks.task import TaskSpec


def experiment(**keys: Any) -> Experiment:
    return Experiment(name="a", space={"filters": 8}, **keys)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
class TestEveryTask:
    def test_is_listed_under_its_name_with_one_line(self, task: TaskSpec) -> None:
        assert TASKS[task.name] is task
        assert "\n" not in task.doc

    def test_aims_at_metrics_that_it_has(self, task: TaskSpec) -> None:
        names = [metric.name for metric in task.metrics]
        assert len(set(names)) == len(names)
        assert {*task.objectives, *task.trained} <= set(names)
        assert "loss" in task.objectives
        assert "loss" not in task.trained
        assert list(task.aims) == [f"val_{name}" for name in task.objectives]
        assert len(task.curve) == 1 + len(task.trained) + len(task.objectives)
        assert set(task.aims) <= set(task.curve)

    def test_its_parameters_are_its_own(self, task: TaskSpec) -> None:
        assert not set(task.parameters) & set(SHARED)
        searched = experiment(task=task.name, objective=next(iter(task.aims)))
        assert {*task.parameters, *SHARED} <= set(searched.searchable)
        assert searched.predicted is task

    def test_the_same_metric_has_the_same_direction_in_all_tasks(self, task: TaskSpec) -> None:
        assert {name: metric.mode for name, metric in task.aims.items()}.items() <= {
            name: metric.mode for name, metric in AIMS.items()
        }.items()


def test_the_metrics_of_an_epoch_in_their_order() -> None:
    assert DEFAULT_TASK.curve == ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")


def test_an_experiment_without_a_task_is_of_classification() -> None:
    assert experiment().task == "classification"
    assert experiment().to_dict()["task"] == "classification"
    old = {key: value for key, value in experiment().to_dict().items() if key != "task"}
    assert Experiment.from_dict(old) == experiment()


def test_an_unknown_task_is_answered_with_the_valid_ones() -> None:
    with pytest.raises(InputError) as caught:
        experiment(task="clasification")
    assert str(caught.value) == "task: unknown task; did you mean 'classification'? (got 'clasification')"


OTHER = "other"


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> TaskSpec:
    """A task that tells of losses alone, in the table for one test."""
    made = TaskSpec(OTHER, "x", (DEFAULT_TASK.metrics[1],), ("loss",), (), type(DEFAULT_TASK.parameters)(), "values")
    monkeypatch.setitem(TASKS._entries, OTHER, made)
    return made


def test_a_metric_of_another_task_is_refused(other: TaskSpec) -> None:
    assert experiment(task=OTHER).predicted is other
    assert experiment(task=OTHER).objective.metric == "val_loss", "its first one"
    with pytest.raises(InputError) as caught:
        experiment(task=OTHER, objective="val_accuracy")
    assert str(caught.value) == "objective.metric: task 'other' does not tell it; valid: val_loss (got 'val_accuracy')"


def test_a_parameter_of_another_task_is_refused(other: TaskSpec) -> None:
    with pytest.raises(InputError, match=r"space\.label_smoothing: not a parameter of model 'cnn'"):
        Experiment(name="a", task=other.name, objective="val_loss", space={"label_smoothing": 0.1})


def test_parts_are_found_by_name() -> None:
    targets = DEFAULT_TASK.targets(np.array([0, 1, 1], np.int32), ["cat", "dog"])
    assert targets.names == ("cat", "dog")
    assert DEFAULT_TASK.head(targets.outputs, {}).value_shape("class_weights") == (2,)
