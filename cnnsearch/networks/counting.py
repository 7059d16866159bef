"""Weights of a network whose code alone tells them, counted before any memory is taken for them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import keras

from cnnsearch.networks.keras_private import without_values

__all__ = ["count_weights"]


def count_weights(build: Callable[[], keras.Model], shape: tuple[int, ...]) -> int:
    """Weights of the model that ``build`` gives.

    Built as Keras builds what it only wants the shape of: no weight has a value. Code that asks for values fails in
    that, and is run again with weights that have them.

    Args:
        build: gives a model of its own each time.
        shape: of one input, without the batch.

    Raises:
        Exception: whatever ``build`` raises.
    """
    drawn = random.getstate()  # Keras draws the seeds of a model's weights
    try:
        with without_values():
            return _count(build(), shape)
    except Exception:  # noqa: BLE001 - whatever the code of a user's own makes of weights without values
        random.setstate(drawn)
        return _count(build(), shape)
    finally:
        random.setstate(drawn)


def _count(model: keras.Model, shape: tuple[int, ...]) -> int:
    if not model.built or not model.inputs:
        model(keras.Input(shape))
    return sum(math.prod(weight.shape) for weight in model.weights)
