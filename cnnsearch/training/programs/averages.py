"""Averages: those of a model's weights over the steps, in whose place the model is judged and kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from cnnsearch.networks.keras_private import layers_of

if TYPE_CHECKING:
    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["Averages"]


class Averages:
    """Exponential moving averages (Polyak and Juditsky 1992), of trained weights as ``use_ema`` of Keras's optimizers.

    The statistics of batch normalisation are averaged alike, as EfficientNet's were (Tan and Le 2019): those of the
    last step belong to other weights.

    Args:
        model: whose weights.
        momentum: share of an average that a step keeps; with 0 the averages are the weights.

    Attributes:
        variables: the averages, in the order of the weights that they are of.
    """

    def __init__(self, model: keras.Model, momentum: RuntimeValue) -> None:
        self._momentum = momentum
        self._weights = [*model.trainable_variables, *_statistics(model)]
        self.variables: Sequence[Any] = [tf.Variable(weight, trainable=False) for weight in self._weights]

    def update(self, is_first: Any) -> None:
        """After a step, in the graph; the first one gives the weights themselves, as in Keras."""
        momentum = tf.where(is_first, 0.0, self._momentum.tensor)
        for average, weight in zip(self.variables, self._weights, strict=True):
            now = tf.convert_to_tensor(weight)
            # Written so that nothing is rounded where the two are equal, or the momentum is 0.
            average.assign(now + tf.cast(momentum, now.dtype) * (average - now))

    def reset(self) -> None:
        """To the weights."""
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.assign(weight)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """While it lasts, the model has the averages for weights."""
        held = [tf.identity(weight) for weight in self._weights]
        _assign(self._weights, self.variables)
        try:
            yield
        finally:
            _assign(self._weights, held)


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _statistics(model: keras.Model) -> list[Any]:
    """Moving mean and variance of each batch normalisation that is trained."""
    trained = (layer for layer in layers_of(model) if layer.trainable)
    return [
        statistic
        for layer in trained
        if isinstance(layer, keras.layers.BatchNormalization)
        for statistic in (layer.moving_mean, layer.moving_variance)
    ]
