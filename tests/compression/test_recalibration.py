"""Batch normalisation by what a network gives now."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from cnnsearch.compression.recalibration import recalibrate


@pytest.mark.parametrize("count", [40, 130])
def test_statistics_are_those_of_now(count: int) -> None:
    keras.utils.set_random_seed(0)
    given = keras.Input((3,))
    x = layers.BatchNormalization(name="first", trainable=False, momentum=0.9)(layers.Dense(4, name="dense")(given))
    model = keras.Model(given, layers.BatchNormalization(name="second")(layers.ReLU(name="relu")(x)))
    first, second = model.get_layer("first"), model.get_layer("second")
    first.set_weights([*first.get_weights()[:2], np.full(4, 50.0), np.full(4, 9.0)])
    inputs = np.random.default_rng(1).normal(2, 3, (count, 3)).astype(np.float32)
    recalibrate(model, inputs, 0)
    made = np.asarray(model.get_layer("dense")(inputs))
    np.testing.assert_allclose(first.moving_mean, made.mean(axis=0), rtol=0.02, atol=0.02)
    np.testing.assert_allclose(first.moving_variance, made.var(axis=0), rtol=0.1)
    behind = keras.Model(given, model.get_layer("relu").output)(inputs)
    np.testing.assert_allclose(second.moving_mean, np.mean(behind, axis=0), rtol=0.1, atol=0.02)
    assert (first.momentum, second.momentum) == (0.9, 0.99)


def test_a_network_without_any_stays_as_it_is() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dropout(0.5)])
    before = model.get_weights()
    recalibrate(model, np.ones((5, 3), np.float32), 0)
    for array, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, other)
