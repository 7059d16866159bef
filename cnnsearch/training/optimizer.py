"""Optimizers and learning-rate schedules from a config."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = ["build_optimizer", "learning_rates"]


def build_optimizer(config: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """A Keras optimizer with the config's kind, momentum and weight decay; its learning rate is set at each step."""
    from keras import optimizers

    shared = {"learning_rate": config["learning_rate"], "weight_decay": config["weight_decay"] or None}
    kind = config["optimizer"]
    if kind == "sgd":
        return optimizers.SGD(momentum=config["momentum"], **shared)
    if kind == "adamw":
        return optimizers.AdamW(**{**shared, "weight_decay": config["weight_decay"]})
    return {"adam": optimizers.Adam, "rmsprop": optimizers.RMSprop}[kind](**shared)


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
