"""What the quantizer does not know is written in operations that have integers, and scales are such as LiteRT takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from keras import layers

from cnnsearch.compression.litert import Interpreter, converted
from cnnsearch.compression.quantization import float_operations, quantized
from cnnsearch.compression.spec import Quantization
from cnnsearch.families.transfer import body as transfer


@pytest.fixture
def sample() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40, 8, 8, 3)).astype(np.float32)


def network(activation: str = "relu", between: Callable[[Any], Any] = lambda x: x) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, activation=activation, name="first")(between(inputs))
    x = layers.MaxPooling2D()(x)
    x = layers.Activation(activation)(layers.Conv2D(6, 3, name="second")(x))
    x = layers.Dense(5, activation=activation, name="hidden")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(3)(x))


@pytest.mark.parametrize(("activation", "io"), [("elu", "int8"), ("selu", "float"), ("leaky_relu", "float")])
def test_activations_are_in_full_int8(activation: str, io: Any, sample: np.ndarray) -> None:
    model = network(activation)
    expected = np.asarray(model(sample))
    content = converted(model)
    np.testing.assert_allclose(Interpreter(content).run(sample), expected, atol=1e-5)
    found = quantized(content, Quantization("int8", io), sample)
    assert float_operations(found) == ()
    assert np.abs(Interpreter(found).run(sample) - expected).max() < 0.05 * np.ptp(expected)
    assert model.get_layer("first").activation is keras.activations.get(activation)  # as it was


@pytest.mark.parametrize("axis", [-1, 1])
def test_what_is_turned_round_is_the_same_bit_for_bit(axis: int, sample: np.ndarray) -> None:
    inputs = keras.Input((8, 8, 3))
    turned = keras.Model(inputs, keras.ops.flip(inputs, axis=axis))
    np.testing.assert_array_equal(Interpreter(converted(turned)).run(sample), np.flip(sample, axis))
    model = network(between=lambda x: keras.ops.flip(x, axis=axis))
    found = quantized(converted(model), Quantization("int8"), sample)
    assert float_operations(found) == ()
    expected = np.asarray(model(sample))
    assert np.abs(Interpreter(found).run(sample) - expected).max() < 0.05 * np.ptp(expected)


@pytest.mark.parametrize(("name", "bias"), [("first", -100.0), ("second", -1e6), ("hidden", -100.0)])
def test_a_layer_whose_rectifiers_all_died_is_run(name: str, bias: float, sample: np.ndarray) -> None:
    model = network()
    layer = model.get_layer(name)
    layer.set_weights([layer.get_weights()[0], np.full(layer.get_weights()[1].shape, bias)])
    expected = np.asarray(model(sample))
    found = Interpreter(quantized(converted(model), Quantization("int8"), sample)).run(sample)
    np.testing.assert_allclose(found, expected, atol=1e-3 if np.ptp(expected) == 0 else 0.05 * np.ptp(expected))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_backbones_that_turn_colours_round_are_in_full_int8(name: str) -> None:
    """Of random weights, on few pixels: the mechanics."""
    values = {"backbone": name, "weights": "none", "pooling": "average", "unfrozen_layers": 0}
    config = tiny.filled(tiny.experiment(values, "transfer"))
    model = transfer.build(config, (32, 32, 3), 3, 1 / 255, 0.0)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.float32)
    content = converted(model)
    expected = np.asarray(model(pictures))
    np.testing.assert_allclose(Interpreter(content).run(pictures), expected, rtol=1e-3, atol=1e-3 * np.ptp(expected))
    found = quantized(content, Quantization("int8"), pictures)
    assert float_operations(found) == ()
    assert np.abs(Interpreter(found).run(pictures) - expected).max() < 0.1 * np.ptp(expected)
