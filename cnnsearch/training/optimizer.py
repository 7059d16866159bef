"""Optimizers and learning-rate schedules from a config."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["build_optimizer", "learning_rates"]


def build_optimizer(
    kind: str, values: Mapping[str, RuntimeValue], depths: Sequence[int] = ()
) -> keras.optimizers.Optimizer:
    """A Keras optimizer; its learning rate is set at each step.

    Args:
        kind: ``adam``, ``adamw``, ``sgd`` or ``rmsprop``. ``adamw`` is Adam with decoupled weight decay (Loshchilov and
            Hutter 2019), which is how Keras applies weight decay in all of them.
        values: ``weight_decay``, ``layer_decay`` and, of sgd, ``momentum``; what is not there is off.
        depths: of each trained variable the number of layers above it, for ``layer_decay``, by which its learning rate
            is multiplied once for each of them (Howard and Ruder 2018); weight decay is not.
    """
    from keras import optimizers

    if kind == "sgd" and "momentum" in values:
        from cnnsearch.training.sgd import RuntimeSGD

        optimizer: keras.optimizers.Optimizer = RuntimeSGD(values["momentum"])
    else:
        kinds = {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}
        optimizer = getattr(optimizers, kinds[kind])()
    if "weight_decay" in values:
        optimizer.weight_decay = values["weight_decay"].variable
    if "layer_decay" in values:
        _decay_by_layer(optimizer, values["layer_decay"], depths)
    return optimizer


def _decay_by_layer(optimizer: Any, decay: RuntimeValue, depths: Sequence[int]) -> None:
    import tensorflow as tf

    from cnnsearch.networks.keras_private import variable_index

    # On the instance, not by a subclass: it holds for every optimizer there is.
    update = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        # Read at each step: the decay is a runtime value, and the depth is known when the step is traced.
        factor = tf.pow(decay.tensor, float(depths[variable_index(optimizer, variable)]))
        update(gradient, variable, tf.cast(learning_rate, tf.float32) * factor)

    optimizer.update_step = update_step


def learning_rates(config: Mapping[str, Any], epoch: int, steps: int, epochs: int) -> np.ndarray:
    """The learning rate of each step of one epoch, ``(steps,)`` float32.

    Args:
        config: ``learning_rate``, ``learning_rate_schedule``, ``decay_epochs``, ``decay_factor``.
        epoch: counted from 0.
        steps: steps an epoch.
        epochs: epochs of a full trial; cosine (Loshchilov and Hutter 2017, without restarts) reaches 0 at their end.
    """
    first: float = config["learning_rate"]
    schedule = config["learning_rate_schedule"]
    if schedule == "cosine":
        done = (epoch * steps + np.arange(steps)) / (epochs * steps)
        return (first * 0.5 * (1.0 + np.cos(math.pi * done))).astype(np.float32)
    if schedule == "step":
        first *= config["decay_factor"] ** (epoch // config["decay_epochs"])
    return np.full(steps, first, np.float32)
