"""Early stopping, the best epoch and its weights, with a program whose numbers are scripted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.training import trainer as module
from cnnsearch.training.trainer import Trainer

LABELS = np.arange(100, dtype=np.int32) % 2


class ScriptedProgram:
    """Tells the next scripted ``(loss, val_loss, val_accuracy)`` instead of training; its weights count epochs."""

    script: tuple[tuple[float, float, float], ...] = ()

    def __init__(self, model: Any, *_: Any) -> None:
        self.model = model
        self.epoch = 0
        self.orders: list[np.ndarray] = []

    def train_epoch(self, _x: Any, _y: Any, order: np.ndarray, _rates: np.ndarray) -> tuple[float, float]:
        self.orders.append(order)
        self.epoch += 1
        self.model.set_weights([np.full(weight.shape, float(self.epoch)) for weight in self.model.weights])
        return self.script[self.epoch - 1][0], 0.5

    def evaluate(self, x: Any, _y: Any) -> tuple[float, np.ndarray]:
        _, val_loss, accuracy = self.script[max(self.epoch - 1, 0)]
        predicted = np.where(np.arange(100) < round(accuracy * 100), LABELS, 1 - LABELS)[: len(x)]
        return val_loss, np.eye(2, dtype=np.float32)[predicted]


Make = Callable[..., Trainer]


def make_trainer(script: Any, metric: str = "val_accuracy", seed: int = 0, **keys: Any) -> Trainer:
    ScriptedProgram.script = tuple(script)
    experiment = Experiment(
        name="x",
        space={"units": 2},
        objective=metric,
        **{"epochs": len(ScriptedProgram.script), **keys},
    )
    pictures = np.zeros((100, 2, 2, 1), np.uint8)
    pixels = Pixels(pictures[:7], LABELS[:7], pictures, LABELS, ("a", "b"))
    one = np.ones(1, np.float32)
    config = {"units": 2, "conv_blocks": 1, "filters": 1, "batch_size": 2}
    return Trainer(experiment, config, pixels, Scaling(one, one), seed, (pictures[:7], LABELS[:7], pictures, LABELS))


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Program", ScriptedProgram)


def accuracies(*values: float) -> list[tuple[float, float, float]]:
    return [(1.0, 1.0 - value, value) for value in values]


def run(trainer: Trainer) -> Trainer:
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


@pytest.mark.parametrize(
    ("metric", "value"), [("val_accuracy", 0.9), ("val_loss", 1.0 - 0.9), ("val_f1", pytest.approx(0.9, abs=0.01))]
)
def test_the_value_is_that_of_the_best_epoch(metric: str, value: float) -> None:
    result = run(make_trainer(accuracies(0.5, 0.9, 0.6), metric)).result()
    assert (result.state, result.end_reason, result.best_epoch) == ("COMPLETED", "epochs", 2)
    assert result.value == value
    assert result.metrics is not None
    assert result.metrics["val_accuracy"] == 0.9
    assert result.metrics[metric] == pytest.approx(result.value)
    assert result.confusion is not None
    assert np.trace(result.confusion) == 90
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3]


def test_of_equal_epochs_the_first_is_the_best() -> None:
    assert run(make_trainer(accuracies(0.5, 0.7, 0.7, 0.6))).result().best_epoch == 2


def test_the_exported_model_has_the_weights_of_the_best_epoch_and_training_goes_on_from_its_own() -> None:
    trainer = make_trainer(accuracies(0.5, 0.9, 0.6, 0.7))
    for _ in range(3):
        trainer.run_epoch()
    exported = trainer.export()
    assert {float(value) for weight in exported.get_weights() for value in weight.flat} == {2.0}
    assert {float(value) for weight in trainer._program.model.get_weights() for value in weight.flat} == {3.0}


def test_patience_ends_it() -> None:
    trainer = run(make_trainer(accuracies(0.5, 0.6, 0.6, 0.55, 0.9), early_stopping={"patience": 2}))
    result = trainer.result()
    assert (result.state, result.end_reason, result.best_epoch, len(result.epochs)) == ("COMPLETED", "patience", 2, 4)


def test_patience_that_ends_with_the_last_epoch_is_no_early_end() -> None:
    assert run(make_trainer(accuracies(0.6, 0.5, 0.5), early_stopping={"patience": 2})).end_reason == "epochs"


def test_small_steps_add_up_to_an_improvement() -> None:
    """As in Keras: what counts is the distance to the last improvement, not to the epoch before."""
    steady = accuracies(0.50, 0.53, 0.56, 0.59, 0.62, 0.65)
    trainer = run(make_trainer(steady, early_stopping={"patience": 3, "min_delta": 0.05}))
    assert trainer.end_reason == "epochs"
    assert trainer.result().best_epoch == 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    losses=st.lists(st.integers(0, 12).map(lambda value: value / 10), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    delta=st.sampled_from([0.0, 0.15, 0.25]),
)
def test_ends_where_keras_early_stopping_ends(losses: list[float], patience: int, delta: float) -> None:
    import keras

    stopping = keras.callbacks.EarlyStopping("val_loss", min_delta=delta, patience=patience, mode="min")
    model = keras.Sequential()
    model.stop_training = False
    stopping.set_model(model)
    stopping.on_train_begin()
    length = 0
    for epoch, loss in enumerate(losses):
        length += 1
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    trainer = make_trainer(
        [(1.0, loss, 0.5) for loss in losses], "val_loss", early_stopping={"patience": patience, "min_delta": delta}
    )
    assert len(run(trainer).epochs) == length
    assert trainer.result().best_epoch == int(np.argmin(losses[:length])) + 1


@pytest.mark.parametrize(
    ("script", "metric", "what"),
    [
        ([(1.0, 1.0, 0.5), (float("nan"), 1.0, 0.9)], "val_accuracy", "loss is nan at epoch 2"),
        ([(float("inf"), 1.0, 0.5)], "val_accuracy", "loss is inf at epoch 1"),
        ([(1.0, float("nan"), 0.5)], "val_loss", "val_loss is nan at epoch 1"),
        # Weights gone in the last step of the epoch: the loss is still finite, and so is an accuracy of nonsense.
        ([(1.0, float("nan"), 0.5)], "val_accuracy", "val_loss is nan at epoch 1"),
    ],
)
def test_numbers_that_are_not_finite_end_it(script: Any, metric: str, what: str) -> None:
    trainer = make_trainer(script, metric)
    for _ in script[1:]:
        trainer.run_epoch()
    with pytest.raises(TrialError, match=f"{what}: the training diverged"):
        trainer.run_epoch()
    assert len(trainer.epochs) == len(script)


def test_each_epoch_has_its_own_order_told_by_the_seed() -> None:
    orders = {}
    for seed in (1, 2, 1):
        trainer = run(make_trainer(accuracies(0.5, 0.6, 0.7), seed=seed))
        drawn = [tuple(order) for order in trainer._program.orders]
        assert all(sorted(order) == list(range(7)) for order in drawn)
        assert len(set(drawn)) == 3
        assert orders.setdefault(seed, drawn) == drawn
    assert orders[1] != orders[2]


def test_cost() -> None:
    trainer = run(make_trainer(accuracies(0.5, 0.6)))
    cost = trainer.result().cost
    assert cost is not None
    assert cost["parameters"] == trainer._program.model.count_params()
    assert cost["model_bytes"] == 4 * cost["parameters"]
    assert cost["wall_seconds"] >= cost["compute_seconds"] == pytest.approx(sum(e.seconds for e in trainer.epochs))
    assert cost["latency_seconds"] > 0


def test_a_model_too_large_for_the_memory_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        available = 100

    monkeypatch.setattr(module.psutil, "virtual_memory", Full)
    with pytest.raises(TrialError, match=r"out of memory before training: \d+ parameters need about"):
        make_trainer(accuracies(0.5))


def test_what_a_result_says_in_the_record() -> None:
    line = run(make_trainer(accuracies(0.5, 0.9))).result(stopped=True).to_line()
    assert (line["state"], line["end_reason"], line["value"], line["epochs"]) == ("STOPPED", "scheduler", 0.9, 2)
    assert "traceback" not in line
    assert "confusion" not in line
