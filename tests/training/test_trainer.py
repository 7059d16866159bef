"""Early stopping, the best epoch and its weights, with a program whose numbers are scripted."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.study.record.lines import Worker
from cnnsearch.training.checks import memory
from cnnsearch.training.latency import Latency
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.trainer import Trainer

Numbers = tuple[float, float, float]

LABELS = np.arange(100, dtype=np.int32) % 2


class ScriptedProgram:
    """Tells the next scripted ``(loss, val_loss, val_accuracy)`` instead of training; its weights count epochs."""

    def __init__(self, structure: Structure, script: Sequence[Numbers]) -> None:
        self.structure = structure
        self.script = script
        self.model = structure.build({})
        self.epoch = 0
        self.orders: list[np.ndarray] = []
        self.rates: list[list[float]] = []
        self.draws: list[tuple[int, int]] = []
        self.numbers: dict[str, Any] = {}

    def set_values(self, numbers: dict[str, Any]) -> None:
        self.numbers = numbers

    def judged(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def train_epoch(self, pieces: Any, rates: np.ndarray, seed: int, step: int) -> tuple[float, float]:
        self.orders.append(np.concatenate([order for _, _, order in pieces]))
        self.rates.append(rates.tolist())
        self.draws.append((seed, step))
        self.epoch += 1
        self.model.set_weights([np.full(weight.shape, float(self.epoch)) for weight in self.model.weights])
        return self.script[self.epoch - 1][0], 0.5

    def evaluate(self, pieces: Any) -> tuple[float, dict[str, np.ndarray]]:
        _, val_loss, accuracy = self.script[self.epoch - 1]
        predicted = np.where(np.arange(100) < round(accuracy * 100), LABELS, 1 - LABELS)
        assert sum(len(y) for _, y in pieces) == 100
        confusion = np.zeros((2, 2), np.int64)
        np.add.at(confusion, (LABELS, predicted), 1)
        return val_loss, {"probabilities": np.eye(2, dtype=np.float32)[predicted], "confusion": confusion}

    def latency(self, x: Any, y: Any) -> Latency:
        assert len(x) == len(y) == 1
        return Latency(0.001, 0.0008, 0.0013)


class ScriptedPrograms:
    """Gives a scripted program for every structure, newly made or not."""

    def __init__(self, script: Sequence[Numbers], is_new: bool) -> None:
        self._script = script
        self._is_new = is_new

    def count(self, structure: Structure) -> int:
        return Programs().count(structure)

    def take(self, structure: Structure, _seed: int) -> tuple[Any, bool]:
        return ScriptedProgram(structure, self._script), self._is_new


def make_trainer(
    script: Sequence[Numbers], metric: str = "val_accuracy", seed: int = 0, is_new: bool = True, **keys: Any
) -> Trainer:
    experiment = Experiment(name="x", space={"units": 2}, objective=metric, **{"epochs": len(script), **keys})
    pictures = np.zeros((100, 2, 2, 1), np.uint8)
    pixels = Pixels(pictures[:7], LABELS[:7], pictures, LABELS, ("a", "b"))
    one = np.ones(1, np.float32)
    config = {"units": 2, "conv_blocks": 1, "filters": 1, "batch_size": 2}
    programs: Any = ScriptedPrograms(tuple(script), is_new)
    return Trainer(experiment, config, pixels, Scaling(one, one, 0.0, 255.0), seed, programs)


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
    assert result.predictions is not None
    assert np.trace(result.predictions.confusion) == 90
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3]


def test_an_epoch_of_several_passes_sees_every_picture_so_often() -> None:
    trainer = run(make_trainer(accuracies(0.5, 0.6), passes=3))
    program: Any = trainer._program
    passes = [list(part) for order in program.orders for part in np.split(order, 3)]
    assert all(sorted(each) == list(range(7)) for each in passes)
    assert len({tuple(each) for each in passes}) == 6, "each in an order of its own"
    assert [len(rates) for rates in program.rates] == [11, 11], "21 pictures in twos"
    assert program.draws == [(0, 0), (0, 11)]
    once = run(make_trainer(accuracies(0.5, 0.6)))
    assert [list(order) for order in once._program.orders] == passes[:2], "as an epoch of one pass each would"  # type: ignore[union-attr]


def test_of_equal_epochs_the_first_is_the_best() -> None:
    assert run(make_trainer(accuracies(0.5, 0.7, 0.7, 0.6))).result().best_epoch == 2


@pytest.mark.parametrize(
    ("metric", "start", "best", "later"),
    [
        ("val_accuracy", 0.7, 2, 0.8),
        ("val_accuracy", 0.8, 0, 0.8),  # no epoch is better
        ("val_accuracy", 0.9, 0, 0.8),
        ("val_loss", 0.9, 0, 0.8),
        ("val_loss", 0.1, 2, 0.8),
        ("val_f1", 0.9, 0, 0.8),
    ],
)
def test_an_epoch_counts_where_it_is_better_than_the_start(metric: str, start: float, best: int, later: float) -> None:
    # A scripted program that has trained nothing tells the last numbers.
    trainer = make_trainer(accuracies(0.6, later, 0.75, start), metric, epochs=3)
    trainer._program.model.set_weights([np.zeros(weight.shape) for weight in trainer._program.model.weights])
    told = trainer.judge_start()
    assert (told.epoch, told.values["val_accuracy"], "loss" in told.values) == (0, start, False)
    assert trainer.value() == told.values[metric]
    run(trainer)
    assert [epoch.epoch for epoch in trainer.epochs] == [1, 2, 3]
    assert trainer.best_epoch == best
    assert trainer.value() == (trainer.epochs[best - 1] if best else told).values[metric]
    assert np.trace(trainer.predictions.confusion) == round(100 * (later if best else start))  # type: ignore[union-attr]
    assert {float(value) for weight in trainer.export().get_weights() for value in weight.flat} == {float(best)}
    assert trainer.checkpoint() is None, "it would not know the start"
    if not best:
        with pytest.raises(ValueError, match="no epoch of the trial counts"):
            trainer.result()


def test_a_start_that_is_not_finite_counts_for_nothing() -> None:
    trainer = make_trainer([(1.0, 0.5, 0.6), (1.0, np.nan, 0.9)], epochs=1)
    trainer.judge_start()
    assert not trainer.has_value
    assert run(trainer).best_epoch == 1


def test_the_start_counts_where_training_diverges_then() -> None:
    trainer = make_trainer([(1.0, 0.5, 0.6), (np.nan, 0.5, 0.6), (1.0, 0.5, 0.9)], epochs=2)
    trainer.judge_start()
    run(trainer)
    assert (trainer.end_reason, trainer.best_epoch) == ("diverged", 0)


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
        ([(float("inf"), 1.0, 0.5)], "val_accuracy", "loss is inf at epoch 1"),
        ([(1.0, float("nan"), 0.5)], "val_loss", "val_loss is nan at epoch 1"),
        # Weights gone in the last step of the epoch: the loss is still finite, and so is an accuracy of nonsense.
        ([(1.0, float("nan"), 0.5)], "val_accuracy", "val_loss is nan at epoch 1"),
    ],
)
def test_a_first_epoch_that_is_not_finite_fails_it(script: Any, metric: str, what: str) -> None:
    trainer = make_trainer(script, metric)
    with pytest.raises(TrialError, match=f"{what}: the training diverged"):
        trainer.run_epoch()
    assert len(trainer.epochs) == 1
    assert not trainer.has_value


@pytest.mark.parametrize(
    ("numbers", "what"),
    [
        ((float("nan"), 0.2, 0.95), "loss is nan"),
        ((1.0, float("inf"), 0.95), "val_loss is inf"),
    ],
)
def test_what_diverges_after_good_epochs_keeps_the_best_of_them(numbers: Numbers, what: str) -> None:
    trainer = run(make_trainer([*accuracies(0.5, 0.9, 0.6), numbers, *accuracies(0.99)]))
    result = trainer.result()
    assert (result.state, result.end_reason, result.value, result.best_epoch) == ("COMPLETED", "diverged", 0.9, 2)
    assert result.reason == (
        f"{what} at epoch 4: the training diverged (a lower learning rate may help); the best epoch before counts, 2"
    )
    assert [epoch.values["val_accuracy"] for epoch in result.epochs] == [0.5, 0.9, 0.6]
    assert {float(value) for weight in trainer.export().get_weights() for value in weight.flat} == {2.0}
    assert trainer.checkpoint() is None, "there is nothing to go on from"
    assert result.ended(0, 1, Worker(), 1.0, 2.0).reason == result.reason


def test_each_epoch_has_its_own_order_told_by_the_seed() -> None:
    orders = {}
    for seed in (1, 2, 1):
        trainer = run(make_trainer(accuracies(0.5, 0.6, 0.7), seed=seed))
        drawn = [tuple(order) for order in trainer._program.orders]
        assert all(sorted(order) == list(range(7)) for order in drawn)
        assert len(set(drawn)) == 3
        assert orders.setdefault(seed, drawn) == drawn
    assert orders[1] != orders[2]


def test_each_step_has_its_own_draws_and_rate() -> None:
    trainer = run(make_trainer(accuracies(0.5, 0.6, 0.7), seed=9))
    program: Any = trainer._program
    assert program.draws == [(9, 0), (9, 4), (9, 8)]  # seven pictures are four batches of two
    assert program.rates == [[float(np.float32(1e-3))] * 4] * 3
    assert [epoch.learning_rate for epoch in trainer.epochs] == [float(np.float32(1e-3))] * 3


def test_cost() -> None:
    trainer = run(make_trainer(accuracies(0.5, 0.6)))
    cost = trainer.result().cost
    assert cost is not None
    assert cost["parameters"] == trainer._program.model.count_params()
    assert cost["model_bytes"] == 4 * cost["parameters"]
    assert cost["wall_seconds"] >= cost["compute_seconds"] == pytest.approx(sum(e.seconds for e in trainer.epochs))
    assert cost["compute_seconds"] >= cost["evaluate_seconds"] > 0
    assert [cost[f"latency_{of}seconds"] for of in ("low_", "", "high_")] == [0.0008, 0.001, 0.0013]


@pytest.mark.parametrize("is_new", [True, False])
def test_compiling_and_resetting_are_told_apart(is_new: bool) -> None:
    trainer = run(make_trainer(accuracies(0.5), is_new=is_new))
    cost = trainer.result().cost
    assert cost is not None
    assert trainer.is_compiled is is_new
    assert (cost["compile_seconds"] > 0, cost["reset_seconds"] > 0) == (is_new, not is_new)
    assert cost["wall_seconds"] >= cost["compile_seconds"] + cost["reset_seconds"]


@pytest.mark.parametrize(
    ("config", "numbers"),
    [
        ({}, {}),
        ({"dropout": 0.25, "l2": 0.1}, {"dropout": 0.25, "l2": 0.1}),
        ({"optimizer": "sgd", "momentum": 0.5}, {"momentum": 0.5}),
        ({"learning_rate": 0.1, "learning_rate_schedule": "cosine"}, {}),
    ],
)
def test_the_program_is_set_to_the_config(config: dict[str, Any], numbers: dict[str, Any]) -> None:
    experiment = Experiment(name="x", space={"units": 2, **config}, epochs=1)
    pictures = np.zeros((8, 4, 4, 1), np.uint8)
    pixels = Pixels(pictures, LABELS[:8], pictures, LABELS[:8], ("a", "b"))
    one = np.ones(1, np.float32)
    trainer = Trainer(experiment, {"units": 2, **config}, pixels, Scaling(one, one, 0.0, 1.0), 0)
    assert {name: float(value.variable) for name, value in trainer._program.values.items()} == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"dropout": 1.5}, "dropout must be a number from 0 to 0.95 (got 1.5)"),
        ({"dropout": -0.1}, "dropout must be a number from 0 to 0.95 (got -0.1)"),
        ({"label_smoothing": 1.5}, "label_smoothing must be a number from 0 to 0.99 (got 1.5)"),
        ({"momentum": 1.5}, "momentum must be a number from 0 to 0.9999 (got 1.5)"),
        ({"weight_decay": float("nan")}, "weight_decay must be a number from 0 to 1 (got nan)"),
        ({"learning_rate": -0.1}, "learning_rate must be a number from 1e-10 to 100 (got -0.1)"),
        ({"random_rotation": 2.0}, "random_rotation must be a number from 0 to 0.5 (got 2.0)"),
    ],
)
def test_a_runtime_value_out_of_its_range_fails_the_trial(config: dict[str, Any], said: str) -> None:
    """The space holds to the ranges; a config that is given by itself has met none yet."""
    experiment = Experiment(name="x", space={"units": 2}, epochs=1)
    pixels = Pixels(
        np.zeros((8, 4, 4, 1), np.uint8), LABELS[:8], np.zeros((8, 4, 4, 1), np.uint8), LABELS[:8], ("a", "b")
    )
    one = np.ones(1, np.float32)
    with pytest.raises(TrialError) as caught:
        Trainer(experiment, {"units": 2, **config}, pixels, Scaling(one, one, 0.0, 255.0), 0)
    assert str(caught.value) == said


def test_a_model_too_large_for_the_memory_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 100)
    with pytest.raises(TrialError, match=r"out of memory before training: \d+ parameters need about"):
        make_trainer(accuracies(0.5))


def test_what_a_result_says_in_the_record() -> None:
    line = run(make_trainer(accuracies(0.5, 0.9))).result(stopped=True).ended(0, 1, Worker(), started=1.0, ended=2.0)
    assert (line.state, line.end_reason, line.value, line.epochs) == ("STOPPED", "scheduler", 0.9, 2)
    assert line.traceback is None


@pytest.mark.parametrize(("family", "space"), [("cnn", {}), ("transfer", {"fine_tune_epochs": 1})])
def test_gradients_that_would_never_make_a_step_are_told_before_anything_is_compiled(
    family: str, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Programs, "take")
    of = {"batch_size": tiny.COUNT, "gradient_accumulation": 2 if space else 5, **space}
    searched = tiny.experiment(of, family, epochs=4)
    with pytest.raises(TrialError, match=f"makes no step: .* have {1 if space else 4} batches of {tiny.COUNT}"):
        Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
