"""What the graph of a network tells, beside what its layers do."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from cnnsearch.errors import TrialError
from cnnsearch.families import FAMILIES
from cnnsearch.networks.traced import traced_sizes

SHAPE = (12, 12, 3)


@pytest.mark.parametrize(
    "config",
    [
        {"filters": 4, "conv_blocks": 2, "dense_layers": 1, "units": 8, "strides": 2, "padding": "same"},
        {"filters": 3, "conv_blocks": 1, "batch_normalization": True, "global_pooling": "average"},
    ],
)
def test_it_multiplies_as_often_as_its_layers_say(config: dict[str, Any]) -> None:
    family = FAMILIES["cnn"]
    training = {"batch_size": 1, "optimizer": "adam", "ema_momentum": 0.0, "gradient_accumulation": 1}
    filled = {**training, **family.spec.parameters.filled(config)}
    known = family.cost(filled, SHAPE, 5)
    assert known is not None
    found = traced_sizes(family.build(config, SHAPE, 5, 1.0, 0.0), SHAPE)
    assert (found.weights, found.macs) == (known["parameters"], known["macs"])


def test_layers_that_the_cnn_has_not() -> None:
    inputs = keras.Input((8, 8, 2))
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(inputs)
    x = keras.layers.Conv2DTranspose(4, 2, strides=2, use_bias=False)(x)
    x = keras.layers.Reshape((16, 64))(x)
    x = keras.layers.EinsumDense("abc,cd->abd", (16, 5))(x)
    model = keras.Model(inputs, x)
    depthwise, transposed, einsum = 9 * 64 * 2, 64 * 2 * 4 * 4, 16 * 64 * 5
    assert traced_sizes(model, (8, 8, 2)).macs == depthwise + transposed + einsum


def test_a_loop_is_no_network_whose_multiplications_are_known() -> None:
    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, keras.layers.LSTM(2, unroll=False)(inputs))
    with pytest.raises(TrialError, match="multiplications cannot be counted: this network runs a loop or a condition"):
        traced_sizes(model, (4, 3))
