"""Losses of scaled numbers, and the numbers in their unit, in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.regression.scale import told_dtype
from cnnsearch.tasks.regression.spec import REGRESSION

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["NumberHead", "make"]


class NumberHead:
    """Numbers that have a mean of 0 and a spread of 1 over the training pictures.

    They are scaled, and brought back to their unit, in float64: so no digit of theirs is lost. All else is float32.

    Args:
        centre, spread: ``(outputs,)`` float64, of the training targets.
        loss, delta: the parameters ``loss`` and ``huber_delta``.
    """

    def __init__(self, centre: np.ndarray, spread: np.ndarray, loss: str, delta: float) -> None:
        self._centre = centre
        self._spread = spread
        self._loss = loss
        self._delta = delta

    def value_shape(self, name: str) -> tuple[int, ...]:  # noqa: ARG002 - none has another shape
        return ()

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> None:  # noqa: ARG002 - numbers have no classes
        return None

    def losses(self, outputs: tf.Tensor, targets: tf.Tensor, values: Mapping[str, RuntimeValue]) -> tf.Tensor:  # noqa: ARG002
        """Of each picture the mean over its numbers: each weighs by its own spread."""
        import tensorflow as tf

        return tf.reduce_mean(self._of_errors(tf.abs(self._errors(outputs, targets))), axis=-1)

    def taught(self, outputs: tf.Tensor, told: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:  # noqa: ARG002
        """Squared distance to the numbers that were told, whatever the loss: each by its own spread."""
        import tensorflow as tf

        return tf.reduce_mean(tf.square(self._errors(outputs, tf.cast(told, tf.float64))), axis=-1)

    def mixed(
        self, targets: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
        """The numbers between the two, of which the loss is one: as Zhang et al. 2018 have it for regression."""
        import tensorflow as tf

        weight = tf.cast(shares, targets.dtype)[:, tf.newaxis]
        return ((weight * targets + (1.0 - weight) * others, tf.ones_like(shares)),)

    def sums(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor]:
        """Absolute errors in their unit."""
        import tensorflow as tf

        errors = tf.abs(self._errors(outputs, targets)) * self._spread.astype(np.float32)
        return (tf.reduce_sum(tf.reduce_mean(errors, axis=-1)),)

    def judged(self, outputs: tf.Tensor, targets: tf.Tensor) -> Judged:
        import tensorflow as tf

        values = tf.cast(outputs, tf.float64) * self._spread + self._centre
        losses = self.losses(outputs, targets, {})
        return Judged(losses, {"values": values, "losses": losses}, {})

    def exported(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        # As arrays: of Python's numbers Keras would make float32 before it makes float64 of them.
        dtype = told_dtype(self._centre, self._spread)
        return keras.layers.Rescaling(self._spread, self._centre, dtype=dtype, name=REGRESSION.output)(outputs)

    def refused(self, outputs: np.ndarray) -> str | None:
        """Probabilities, which have no number below 0: half of the scaled targets would be out of reach."""
        if outputs.shape[-1] > 1 and (outputs >= 0).all() and np.allclose(outputs.sum(axis=-1), 1.0, atol=1e-4):
            return "gives probabilities: the numbers of a picture may be any, so its last layer must end in none"
        return None

    def _errors(self, outputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        return outputs - tf.cast((targets - self._centre) / self._spread, tf.float32)

    def _of_errors(self, errors: tf.Tensor) -> tf.Tensor:
        """Of absolute ones, ``(batch, outputs)``; huber as in Huber 1964."""
        import tensorflow as tf

        if self._loss == "mse":
            return tf.square(errors)
        if self._loss == "mae":
            return errors
        beyond = self._delta * (errors - 0.5 * self._delta)
        return tf.where(errors <= self._delta, 0.5 * tf.square(errors), beyond)


def make(outputs: Outputs, settings: Mapping[str, Any]) -> NumberHead:
    """See :meth:`TaskSpec.head <cnnsearch.tasks.task.TaskSpec.head>`."""
    centre, spread = np.split(np.array(outputs.constants, np.float64), 2)
    return NumberHead(centre, spread, settings["loss"], settings["huber_delta"])
