"""Stochastic gradient descent whose momentum is a runtime value; Keras's own bakes it into the graph."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cnnsearch.networks.keras_private import variable_index
from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["RuntimeSGD"]


class RuntimeSGD(keras.optimizers.SGD):
    """``keras.optimizers.SGD`` with momentum that may be 0 in one trial and not in the next.

    Args:
        momentum: at least 0, below 1.
        options: those of ``keras.optimizers.SGD``.
    """

    def __init__(self, momentum: RuntimeValue, **options: Any) -> None:
        super().__init__(momentum=0.9, **options)  # any but 0: the slots must exist
        self._momentum_value = momentum

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """As in Keras: the velocity is ``momentum * velocity - learning_rate * gradient``."""
        velocity = self.momentums[variable_index(self, variable)]
        momentum = tf.cast(self._momentum_value.tensor, variable.dtype)
        step = tf.cast(learning_rate, variable.dtype) * tf.cast(gradient, variable.dtype)
        self.assign(velocity, velocity * momentum - step)
        self.assign_add(variable, velocity)
