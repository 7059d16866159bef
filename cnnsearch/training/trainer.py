"""Trainer: one trial, epoch by epoch, with early stopping and the weights of its best epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.models.families import build_model, count_parameters
from cnnsearch.training.metrics import confusion_matrix, macro_scores
from cnnsearch.training.optimizer import learning_rates
from cnnsearch.training.program import Program
from cnnsearch.training.result import EndReason, EpochResult, TrialResult

if TYPE_CHECKING:
    import keras

__all__ = ["Trainer"]

_BYTES_A_PARAMETER = 20  # float32: the weight, its gradient, two optimizer slots, the copy of the best epoch
_LATENCY_RUNS = 10


class Trainer:
    """Trains one config on one seed. Same seed, config and data: same numbers.

    Args:
        experiment: epochs, early stopping, objective, model family.
        config: a point of the space; what it leaves out has its default.
        pixels: pictures and labels of the training and validation splits.
        scaling: what the model applies to the pictures.
        seed: of the initial weights, the order of the pictures and dropout.
        resident: ``(x_train, y_train, x_validation, y_validation)`` as tensors, where the caller keeps them between
            trials; left out, they are copied from ``pixels``.

    Raises:
        TrialError: the architecture cannot exist, or would not fit into memory.
    """

    def __init__(
        self,
        experiment: Experiment,
        config: Mapping[str, Any],
        pixels: Pixels,
        scaling: Scaling,
        seed: int,
        resident: tuple[Any, Any, Any, Any] | None = None,
    ) -> None:
        import keras

        self._started = time.perf_counter()
        self.experiment = experiment
        self.seed = seed
        self.labels = pixels.y_validation
        self.epochs: list[EpochResult] = []
        self._config = experiment.filled(config)
        self._classes = len(pixels.classes)
        shape: tuple[int, int, int] = pixels.x_train.shape[1:]
        _check_memory(count_parameters(experiment.model, self._config, shape, self._classes))
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        model = build_model(
            experiment.model, self._config, shape, self._classes, _plain(scaling.scale), _plain(scaling.offset)
        )
        self._program = Program(model, self._config, self._classes, str(pixels.x_train.dtype))
        self._data = resident or make_resident(pixels)
        self._best = 0  # position in epochs
        self._best_score = -math.inf
        self._best_weights: list[np.ndarray] = []
        self._reference = -math.inf  # the score that patience waits to see exceeded
        self._waited = 0
        self.probabilities = np.zeros((0, self._classes), np.float32)
        self._compute_seconds = 0.0
        self._latency: float | None = None

    @property
    def end_reason(self) -> EndReason | None:
        """Why the trial has ended by itself: ``epochs``, ``patience``, or ``None`` while it may go on."""
        patience = self.experiment.early_stopping
        if len(self.epochs) >= self.experiment.epochs:
            return "epochs"
        return "patience" if patience and self._waited >= patience.patience else None

    def run_epoch(self) -> EpochResult:
        """Train one more epoch and validate.

        Raises:
            TrialError: a loss or the objective is not finite.
        """
        started = time.perf_counter()
        x_train, y_train, x_validation, y_validation = self._data
        number = len(self.epochs)
        count = int(x_train.shape[0])
        rates = learning_rates(self._config, number, -(-count // self._config["batch_size"]), self.experiment.epochs)
        order = np.random.default_rng((self.seed, number)).permutation(count)
        loss, accuracy = self._program.train_epoch(x_train, y_train, order, rates)
        val_loss, probabilities = self._program.evaluate(x_validation, y_validation)
        confusion = self._confusion(probabilities)
        seconds = time.perf_counter() - started
        self._compute_seconds += seconds
        result = EpochResult(
            number + 1,
            loss,
            accuracy,
            val_loss,
            float(np.trace(confusion) / confusion.sum()),
            macro_scores(confusion)[2],
            float(rates[0]),
            seconds,
            time.time(),
        )
        self.epochs.append(result)
        self._check_finite(result)
        self._remember(result, probabilities)
        return result

    def value(self) -> float:
        """The objective at the best epoch so far."""
        return float(getattr(self.epochs[self._best], self.experiment.objective.metric))

    def result(self, stopped: bool = False) -> TrialResult:
        """What the trial has come to so far.

        Args:
            stopped: the scheduler ended it.
        """
        best = self.epochs[self._best]
        confusion = self._confusion(self.probabilities)
        precision, recall, f1 = macro_scores(confusion)
        return TrialResult(
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else self.end_reason or "epochs",
            value=self.value(),
            best_epoch=best.epoch,
            epochs=tuple(self.epochs),
            metrics={
                "loss": best.loss,
                "accuracy": best.accuracy,
                "val_loss": best.val_loss,
                "val_accuracy": best.val_accuracy,
                "val_precision": precision,
                "val_recall": recall,
                "val_f1": f1,
            },
            confusion=confusion,
            cost=self._cost(),
        )

    def export(self) -> keras.Model:
        """A stock Keras model with the weights of the best epoch, from pictures at rest to probabilities."""
        import keras

        trained = self._program.model
        last = trained.get_weights()
        trained.set_weights(self._best_weights)
        copied = keras.models.clone_model(trained)
        copied.set_weights(self._best_weights)
        trained.set_weights(last)
        outputs = keras.layers.Softmax(name="probabilities")(copied.output)
        return keras.Model(copied.input, outputs, name=trained.name)

    def _confusion(self, probabilities: np.ndarray) -> np.ndarray:
        return confusion_matrix(self.labels, probabilities.argmax(axis=1), self._classes)

    def _check_finite(self, result: EpochResult) -> None:
        # The last step may break the weights: the training loss does not show it, and an accuracy is finite even then.
        for name in ("loss", "val_loss", self.experiment.objective.metric):
            value = getattr(result, name)
            if not math.isfinite(value):
                raise TrialError(
                    f"{name} is {value} at epoch {result.epoch}: the training diverged (a lower learning rate may help)"
                )

    def _remember(self, result: EpochResult, probabilities: np.ndarray) -> None:
        score = self.experiment.objective.sign * getattr(result, self.experiment.objective.metric)
        stopping = self.experiment.early_stopping
        delta = stopping.min_delta if stopping else 0.0
        self._waited += 1
        if score > self._reference + delta:
            self._reference = score
            self._waited = 0
        if score > self._best_score:
            self._best_score = score
            self._best = len(self.epochs) - 1
            self._best_weights = self._program.model.get_weights()
            self.probabilities = probabilities

    def _cost(self) -> dict[str, float]:
        weights = self._program.model.weights
        if self._latency is None:
            self._latency = self._measure_latency()
        return {
            "parameters": sum(math.prod(weight.shape) for weight in weights),
            "model_bytes": sum(math.prod(weight.shape) * 4 for weight in weights),
            "latency_seconds": self._latency,
            "wall_seconds": time.perf_counter() - self._started,
            "compute_seconds": self._compute_seconds,
        }

    def _measure_latency(self) -> float:
        """Median seconds of one picture through the compiled model."""
        _, _, x, y = self._data
        one_x, one_y = x[:1], y[:1]
        seconds = []
        for _ in range(_LATENCY_RUNS):
            started = time.perf_counter()
            self._program.evaluate(one_x, one_y)
            seconds.append(time.perf_counter() - started)
        return float(np.median(seconds))


def make_resident(pixels: Pixels) -> tuple[Any, Any, Any, Any]:
    """The arrays of both splits as TensorFlow tensors, pictures in their dtype at rest."""
    import tensorflow as tf

    return (
        tf.constant(pixels.x_train),
        tf.constant(pixels.y_train, tf.int32),
        tf.constant(pixels.x_validation),
        tf.constant(pixels.y_validation, tf.int32),
    )


def _check_memory(parameters: int) -> None:
    needed = parameters * _BYTES_A_PARAMETER
    free = psutil.virtual_memory().available
    if needed > free:
        raise TrialError(
            f"out of memory before training: {parameters:,} parameters need about {needed / 2**30:.1f} GB, "
            f"{free / 2**30:.1f} GB are free"
        )


def _plain(values: np.ndarray) -> float | list[float]:
    """One number where all channels share it, so that the model file says ``1/255`` and no list."""
    numbers = [float(value) for value in values]
    return numbers[0] if len(set(numbers)) == 1 else numbers
