"""A search may aim at any metric: trials tell it of each epoch, and end by it."""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

PROGRAMS = Programs()
"""The objective shapes no network: one is compiled for all."""

BEFORE = ["loss", "accuracy", "val_loss", "val_accuracy", "val_f1"]


def trainer(objective: Any, **keys: Any) -> Trainer:
    experiment = Experiment(
        **{"name": "a", "space": {"filters": 3, "learning_rate": 0.02, "batch_size": 64}, "epochs": 3, **keys},
        objective=objective,
    )
    return Trainer(experiment, {}, tiny.PIXELS, tiny.SCALING, 3, PROGRAMS)


@pytest.mark.parametrize(
    "objective",
    ["val_kappa", "val_recall[c]", "val_auc", "val_log_loss", {"metric": "own_metrics:cost", "mode": "min"}],
    ids=str,
)
def test_is_told_of_every_epoch_and_of_the_trial(objective: Any) -> None:
    one = trainer(objective)
    while one.end_reason is None:
        one.run_epoch()
    aim, sign = one.experiment.objective.metric, one.experiment.objective.sign
    result = one.result()
    curve = [epoch.values[aim] for epoch in one.epochs]
    assert all(list(epoch.values) == [*BEFORE, aim] for epoch in one.epochs)
    assert result.value == max(curve, key=lambda value: sign * value)
    assert result.metrics is not None
    assert list(result.metrics) == [
        *BEFORE[:2],
        "val_loss",
        "val_accuracy",
        "val_precision",
        "val_recall",
        "val_f1",
        aim,
    ]
    assert result.metrics[aim] == result.value == curve[result.best_epoch - 1]


def test_those_of_every_epoch_are_told_as_they_always_were() -> None:
    before, values = ({**trainer(aim).run_epoch().values} for aim in ("val_f1", "val_kappa"))
    del values["val_kappa"]
    assert list(before.items()) == list(values.items())
    assert list(before) == BEFORE


def test_a_function_that_fails_fails_its_trial() -> None:
    with pytest.raises(TrialError, match="the metric own_metrics:failing failed: ValueError: no pictures of this kind"):
        trainer({"metric": "own_metrics:failing", "mode": "max"}).run_epoch()


def test_a_function_that_is_not_finite_is_no_diverged_training() -> None:
    with pytest.raises(TrialError) as caught:
        trainer({"metric": "own_metrics:endless", "mode": "max"}).run_epoch()
    assert str(caught.value) == "own_metrics:endless is inf at epoch 1, and must be a finite number"


def test_a_diverged_training_is_no_failed_function(monkeypatch: pytest.MonkeyPatch) -> None:
    one = trainer({"metric": "own_metrics:cost", "mode": "min"})
    one.run_epoch()
    program = one._program
    broken = program.evaluate
    monkeypatch.setattr(program, "evaluate", lambda pieces: (float("nan"), broken(pieces)[1]))
    monkeypatch.setattr("own_metrics.cost", lambda *_: 1 / 0)
    assert one.run_epoch() is None
    assert one.result().reason == (
        "val_loss is nan at epoch 2: the training diverged (a lower learning rate may help); the best epoch before "
        "counts, 1"
    )
