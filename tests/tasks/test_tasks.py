"""What every task of the table does, and what an experiment makes of ``task:``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.families.family import SHARED
from cnnsearch.tasks import DEFAULT_TASK, TASKS
from cnnsearch.tasks.contract.metrics import Metric, aim_of, metric_of
from cnnsearch.tasks.task import TaskSpec


def experiment(**keys: Any) -> Experiment:
    needs = TASKS.get(keys.get("task", "classification"), TASKS["classification"]).needs
    keys = {"model": {"vector": "cnn", "map": "unet", "boxes": "detector"}[needs], **keys}
    return Experiment(**{"name": "a", "space": {"filters": 8}, "dataset": {"source": "npz", "path": "a.npz"}, **keys})


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
class TestEveryTask:
    def test_is_listed_under_its_name_with_one_line(self, task: TaskSpec) -> None:
        assert TASKS[task.name] is task
        assert "\n" not in task.doc

    def test_aims_at_metrics_that_it_has(self, task: TaskSpec) -> None:
        names = [metric.name for metric in task.metrics]
        assert len(set(names)) == len(names)
        assert {*task.every_epoch, *task.every_trial, *task.trained} <= set(names)
        assert "loss" in task.every_epoch
        assert "loss" not in task.trained
        assert set(task.every_epoch) <= set(task.every_trial)
        curve = task.curve(task.first_aim)
        assert curve == ("loss", *task.trained, "val_loss", *(aim_of(n) for n in task.every_epoch if n != "loss"))
        assert task.judged_by(task.first_aim) == task.every_trial
        assert [task.metric(metric.name) for metric in task.metrics] == list(task.metrics)
        assert all(task.metric(name) is None for name in task.decisions(["a"])), "no metric: none is aimed at"

    def test_its_parameters_are_its_own(self, task: TaskSpec) -> None:
        assert not set(task.parameters) & set(SHARED)
        searched = experiment(task=task.name, objective=task.first_aim)
        assert {*task.parameters, *SHARED} <= set(searched.searchable)
        assert searched.predicted is task

    def test_the_same_metric_has_the_same_direction_in_all_tasks(self, task: TaskSpec) -> None:
        for metric in (*task.metrics, *task.each):
            others = [one for other in TASKS.values() for one in (*other.metrics, *other.each)]
            assert {one.mode for one in others if one.name == metric.name} == {metric.mode}

    def test_any_metric_may_be_aimed_at(self, task: TaskSpec) -> None:
        names = [*(metric.name for metric in task.metrics), *(f"{metric.name}[a [b]]" for metric in task.each)]
        for name in names:
            searched = experiment(task=task.name, objective=f"val_{name}")
            assert (searched.objective.metric, searched.objective.mode) == (f"val_{name}", task.metric(name).mode)
            assert task.curve(f"val_{name}")[-1] == f"val_{name}" or name in task.every_epoch
            assert name in task.judged_by(f"val_{name}")


def test_the_metrics_of_an_epoch_in_their_order() -> None:
    before = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")
    assert DEFAULT_TASK.curve("val_accuracy") == DEFAULT_TASK.curve("val_f1") == before
    assert DEFAULT_TASK.curve("val_recall") == (*before, "val_recall")


def test_the_metrics_of_a_trial_are_those_of_before_and_the_objective() -> None:
    before = ("accuracy", "loss", "precision", "recall", "f1")
    assert DEFAULT_TASK.judged_by("val_f1") == before
    assert DEFAULT_TASK.judged_by("mine:cost") == (*before, "mine:cost")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_metric_says_what_it_is(task: TaskSpec) -> None:
    assert [metric.name for metric in (*task.metrics, *task.each) if not metric.doc] == []


@pytest.mark.parametrize("name", ["accuracy", "recall[cat]", "recall[x:y]", "a.b:c"])
def test_a_metric_and_what_an_objective_calls_it(name: str) -> None:
    assert metric_of(aim_of(name)) == name
    assert aim_of(name) == ("a.b:c" if name == "a.b:c" else f"val_{name}")


def test_a_function_may_lie_in_a_module_that_begins_as_metrics_of_the_validation_split_do() -> None:
    assert metric_of("val_costs:of") == "val_costs:of"


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
    loss, nothing = DEFAULT_TASK.metrics[1], type(DEFAULT_TASK.parameters)()
    made = TaskSpec(
        OTHER,
        "x",
        (loss,),
        ("loss",),
        ("loss",),
        (),
        nothing,
        "values",
        each=(Metric("error", "min", "mean"),),
    )
    monkeypatch.setitem(TASKS._entries, OTHER, made)
    return made


def test_a_metric_of_another_task_is_refused(other: TaskSpec) -> None:
    assert experiment(task=OTHER).predicted is other
    assert experiment(task=OTHER).objective.metric == "val_loss", "its first one"
    with pytest.raises(InputError) as caught:
        experiment(task=OTHER, objective="val_accuracy")
    valid = "valid: val_loss, val_error[NAME], package.module:function"
    assert str(caught.value) == f"objective.metric: task 'other' does not tell it; {valid} (got 'val_accuracy')"


def test_a_metric_of_one_output_names_it(other: TaskSpec) -> None:
    assert other.metric("error[cat]") == Metric("error[cat]", "min", "mean")
    for missing in ("error", "loss[cat]", "error[]", "error[cat", "eror[cat]"):
        assert other.metric(missing) is None
    with pytest.raises(InputError) as caught:
        experiment(task=OTHER, objective="val_eror[cat]")
    assert str(caught.value) == (
        "objective.metric: unknown metric; did you mean 'val_error[cat]'? (got 'val_eror[cat]')"
    )


def test_a_parameter_of_another_task_is_refused(other: TaskSpec) -> None:
    with pytest.raises(InputError, match=r"space\.label_smoothing: not a parameter of model 'cnn'"):
        Experiment(name="a", task=other.name, objective="val_loss", space={"label_smoothing": 0.1})


def test_parts_are_found_by_name() -> None:
    targets = DEFAULT_TASK.targets(np.array([0, 1, 1], np.int32), ["cat", "dog"])
    assert targets.names == ("cat", "dog")
    assert DEFAULT_TASK.head(targets.outputs, {}).value_shape("class_weights") == (2,)
