"""Ensemble: one Keras model that tells the mean of what several tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.networks.ensembled import ENSEMBLE, MEMBER, is_ensemble
from cnnsearch.training.latency import Latency, measured

if TYPE_CHECKING:
    import keras

__all__ = ["ensemble_of", "latency_of", "telling_layer"]


def ensemble_of(members: Sequence[keras.Model]) -> keras.Model:
    """The mean of what models tell: of probabilities, or of numbers in their unit.

    Args:
        members: from pictures at rest to what the task tells, of pictures of one shape.

    Raises:
        TrialError: they take other pictures, or tell something else, than the first one.
    """
    import keras

    first = members[0]
    for other in members[1:]:
        if (other.input_shape, other.output_shape) != (first.input_shape, first.output_shape):
            shapes = f"{other.input_shape} -> {other.output_shape} and {first.input_shape} -> {first.output_shape}"
            raise TrialError(f"the members of an ensemble must take and tell the same: {shapes}")
    given = first.inputs[0]
    pictures = keras.Input(given.shape[1:], dtype=given.dtype, name=given.name)
    named = [
        keras.Model(one.inputs[0], one.outputs[0], name=MEMBER.format(number)) for number, one in enumerate(members)
    ]
    told = [one(pictures) for one in named]
    # In the arithmetic in which they tell it: numbers may be in float64.
    mean = keras.layers.Average(name=ENSEMBLE, dtype=first.outputs[0].dtype)(told)
    return keras.Model(pictures, mean, name=ENSEMBLE)


def telling_layer(model: keras.Model) -> Any:
    """The last layer of an exported model, as its task made it; of an ensemble that of its first member."""
    return (model.get_layer(MEMBER.format(0)) if is_ensemble(model) else model).layers[-1]


def latency_of(model: keras.Model) -> Latency:
    """Of one picture through a model, compiled."""
    import tensorflow as tf

    picture = tf.constant(np.zeros((1, *model.input_shape[1:]), model.inputs[0].dtype))
    run = tf.function(lambda x: model(x, training=False))
    run(picture)
    return measured(lambda: np.asarray(run(picture)))
