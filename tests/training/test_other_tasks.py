"""A task of other targets than classes goes through the trainer as it is: two numbers a picture, scaled inside."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from cnnsearch.experiment import Experiment
from cnnsearch.space.specs import Parameters
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.trainer import Trainer

NUMBERS = TaskSpec(
    "numbers",
    "numbers of a picture",
    metrics=(Metric("loss", "min", "mean"), Metric("error", "min", "mean")),
    every_epoch=("error", "loss"),
    every_trial=("loss", "error"),
    trained=("error",),
    parameters=Parameters(),
    output="values",
    decided=("bias",),
)


@dataclass(frozen=True, eq=False)
class Numbers:
    values: np.ndarray
    names: tuple[str, ...]

    @property
    def outputs(self) -> Outputs:
        centre, spread = self.values.mean(axis=0), self.values.std(axis=0)
        return Outputs(self.values.shape[1], self.values.shape[1:], "float32", (*centre.tolist(), *spread.tolist()))


class Head:
    def __init__(self, outputs: Outputs, settings: Mapping[str, Any]) -> None:
        del settings
        self.centre, self.spread = np.split(np.float32(outputs.constants), 2)

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        del config, targets
        return {}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> None:
        del config, targets

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, Any]) -> tf.Tensor:
        del values
        return tf.reduce_mean(tf.square(outputs - (targets - self.centre) / self.spread), axis=-1)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor]:
        return (tf.reduce_sum(tf.reduce_mean(tf.abs(outputs * self.spread + self.centre - targets), axis=-1)),)

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        return Judged(self.losses(outputs, targets, {}), {"values": outputs * self.spread + self.centre}, {})

    def exported(self, outputs: Any) -> Any:
        scale, offset = self.spread.tolist(), self.centre.tolist()
        return keras.layers.Rescaling(scale, offset, name="values")(outputs)


@dataclass(frozen=True, eq=False)
class Guesses:
    targets: np.ndarray
    values: np.ndarray

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        return {name: float(np.abs(self.values - self.targets).mean()) for name in names}


PARTS = {
    "targets": SimpleNamespace(make=Numbers),
    "head": SimpleNamespace(make=Head),
    "predictions": SimpleNamespace(make=lambda targets, judged, *_: Guesses(targets, judged["values"])),
}

PIXELS = replace(
    tiny.PIXELS,
    y_train=np.stack([tiny.PIXELS.x_train.mean((1, 2, 3)), tiny.PIXELS.y_train * 10.0], 1).astype(np.float32),
    y_validation=np.stack([tiny.PIXELS.x_validation.mean((1, 2, 3)), tiny.PIXELS.y_validation * 10.0], 1).astype(
        np.float32
    ),
    names=("light", "number"),
)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.setitem(TASKS._entries, "numbers", NUMBERS)
    for name, part in PARTS.items():
        monkeypatch.setitem(sys.modules, f"cnnsearch.tasks.numbers.{name}", part)
    space = {"filters": 4, "learning_rate": 0.01, "batch_size": 16}
    return Experiment(name="a", task="numbers", space=space, epochs=6, scheduler="none")


def test_a_trial_of_numbers(searched: Experiment) -> None:
    trainer = Trainer(searched, {}, PIXELS, tiny.SCALING, 3)
    assert trainer._program.model.output.shape == (None, 2)
    for _ in range(3):
        trainer.run_epoch()
    kept = trainer.checkpoint()
    assert kept is not None
    again = Checkpoint.from_bytes(kept.to_bytes())
    other = Trainer(searched, {}, PIXELS, tiny.SCALING, 3, checkpoint=again)
    for each in (trainer, other):
        while each.end_reason is None:
            each.run_epoch()
    assert [epoch.values for epoch in other.epochs] == [epoch.values for epoch in trainer.epochs]
    assert list(trainer.epochs[0].values) == ["loss", "error", "val_loss", "val_error"]
    assert trainer.epochs[-1].values["loss"] < trainer.epochs[0].values["loss"]
    result = trainer.result()
    assert result.value == min(epoch.values["val_error"] for epoch in trainer.epochs)
    assert result.metrics is not None
    assert list(result.metrics) == ["loss", "error", "val_loss", "val_error", "val_bias[light]", "val_bias[number]"]
    assert isinstance(result.predictions, Guesses)
    exported = trainer.export()
    assert exported.layers[-1].name == "values"
    given = tiny.answers(exported, PIXELS.x_validation)
    np.testing.assert_allclose(given, result.predictions.values, rtol=1e-4, atol=1e-3)
