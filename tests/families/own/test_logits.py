"""Networks that end in softmax, however that is written: their logits are what stands before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnsearch.errors import TrialError
from cnnsearch.families.own.logits import without_ending

SHAPE = (4, 4, 1)
CLASSES = 3
X = np.random.default_rng(0).normal(size=(5, *SHAPE)).astype(np.float32)


def stack(*last: Any) -> keras.Model:
    return keras.Sequential([keras.Input(SHAPE), layers.Flatten(), *last])


def through(*operations: Callable[[Any], Any]) -> keras.Model:
    """A functional model: dense layer, then ``operations``."""
    inputs = keras.Input(SHAPE)
    x = layers.Dense(CLASSES)(layers.Flatten()(inputs))
    for operation in operations:
        x = operation(x)
    return keras.Model(inputs, x, name="own")


def softmax_twice() -> keras.Model:
    dense = layers.Dense(CLASSES, "softmax")
    return stack(layers.Dense(CLASSES), dense, layers.Lambda(lambda x: x), dense)


class Subclassed(keras.Model):
    """Its end shows in its code only."""

    def __init__(self, activation: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.flat, self.dense = layers.Flatten(), layers.Dense(CLASSES, activation)

    def call(self, pictures: Any) -> Any:
        return self.dense(self.flat(pictures))


class Sequential(keras.Sequential):
    """No code of its own: its layers tell what it does."""


def merged(layer: keras.layers.Layer, activation: str | None, *behind: keras.layers.Layer) -> keras.Model:
    """An ensemble of two."""
    pictures = keras.Input(SHAPE)
    members = [stack(layers.Dense(CLASSES, activation), *behind) for _ in range(2)]
    return keras.Model(pictures, layer([member(pictures) for member in members]))


SOFTMAX: dict[str, Callable[[], keras.Model]] = {
    "activation of a dense layer": lambda: stack(layers.Dense(CLASSES, "softmax")),
    "function of TensorFlow": lambda: stack(layers.Dense(CLASSES, tf.nn.softmax)),
    "layer as an activation": lambda: stack(layers.Dense(CLASSES, layers.Softmax())),
    "layer": lambda: stack(layers.Dense(CLASSES), layers.Softmax()),
    "activation layer": lambda: stack(layers.Dense(CLASSES), layers.Activation("softmax", dtype="float32")),
    "convolution": lambda: keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(CLASSES, 4, activation="softmax"), layers.Flatten()]
    ),
    "as of MobileNet": lambda: keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(CLASSES, 4), layers.Reshape((CLASSES,)), layers.Activation("softmax")]
    ),
    "column": lambda: stack(layers.Dense(CLASSES), layers.Reshape((-1, 1)), layers.Softmax(1), layers.Flatten()),
    "operation": lambda: through(keras.ops.softmax),
    "named axis": lambda: through(lambda x: keras.ops.softmax(x, axis=1)),
    "behind casts and shapes": lambda: through(
        keras.ops.softmax,
        lambda x: keras.ops.cast(x, "float16"),
        lambda x: keras.ops.reshape(x, (-1, CLASSES)),
        layers.Identity(),
        layers.Activation("linear", dtype="float32"),
    ),
    "inner model": lambda: through(keras.Sequential([layers.Dense(CLASSES), layers.Softmax()])),
    "inner model of an inner model": lambda: keras.Sequential(
        [keras.Input(SHAPE), keras.Sequential([layers.Flatten(), keras.Sequential([layers.Dense(CLASSES, "softmax")])])]
    ),
    "subclass without code": lambda: Sequential(
        [keras.Input(SHAPE), layers.Flatten(), layers.Dense(CLASSES, "softmax")]
    ),
}


@pytest.mark.parametrize("how", SOFTMAX)
def test_softmax_at_the_end_is_taken_off(how: str) -> None:
    model = SOFTMAX[how]()
    weights, expected = model.get_weights(), np.asarray(model(X))
    np.testing.assert_allclose(expected.sum(axis=1), 1.0, atol=2e-3)
    logits = without_ending(model, keras.Input(SHAPE), "softmax", "own:net")
    found = np.asarray(logits(X))
    assert found.min() < 0.0, "no probabilities"
    np.testing.assert_allclose(np.asarray(keras.ops.softmax(found)), expected, atol=2e-3 if "casts" in how else 1e-6)
    for one, other in zip(logits.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "model",
    [
        lambda: stack(layers.Dense(CLASSES)),
        lambda: stack(layers.Dense(CLASSES, "softmax"), layers.Dense(CLASSES)),
        lambda: stack(layers.Dense(CLASSES, "log_softmax")),
        lambda: stack(layers.Dense(CLASSES, "relu")),
        lambda: stack(layers.Dense(CLASSES), layers.Lambda(lambda x: 2.0 * x)),
        lambda: through(lambda x: keras.ops.softmax(x) + x),
        lambda: merged(layers.Average(), None),
        Subclassed,
    ],
)
def test_what_gives_logits_stays_as_it_is(model: Callable[[], keras.Model]) -> None:
    own = model()
    own(X)
    assert without_ending(own, keras.Input(SHAPE), "softmax", "own:net") is own


IN_CODE = "ends in softmax in code of its own ('{}'), from which it cannot be taken off"
NO_LOGITS = "here each picture is of one class, and the loss takes logits"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda: stack(layers.Dense(CLASSES, "sigmoid", name="last")), f"ends in sigmoid ('last'): {NO_LOGITS}"),
        (lambda: through(keras.ops.tanh), "ends in tanh ('tanh"),
        (
            lambda: stack(layers.Dense(CLASSES), layers.Activation("hard_sigmoid", name="a")),
            "ends in hard sigmoid ('a')",
        ),
        (lambda: through(keras.Sequential([layers.Activation("sparsemax", name="a")])), "ends in sparsemax ('a')"),
        (
            lambda: stack(layers.Dense(CLASSES), layers.Lambda(lambda x: tf.nn.softmax(x), name="own_code")),
            IN_CODE.format("own_code"),
        ),
        (
            lambda: stack(layers.Dense(CLASSES, lambda x: tf.cast(tf.nn.softmax(x), x.dtype), name="d")),
            IN_CODE.format("d"),
        ),
        (lambda: Subclassed("softmax", name="own_model"), IN_CODE.format("own_model")),
        (lambda: Subclassed("sigmoid", name="own_model"), f"ends in sigmoid ('own_model'): {NO_LOGITS}"),
        (softmax_twice, "which it uses in another place too"),
        (
            lambda: merged(layers.Average(name="mean"), "sigmoid"),
            f"ends in a layer that merges outputs which end in sigmoid ('mean'): {NO_LOGITS}",
        ),
        (
            lambda: merged(layers.Maximum(name="most"), "softmax", layers.Reshape((CLASSES,))),
            f"ends in a layer that merges outputs which end in softmax ('most'): {NO_LOGITS}",
        ),
        (
            lambda: stack(layers.Dense(4), layers.Reshape((2, 2)), layers.Softmax(name="s"), layers.Flatten()),
            "ends in softmax over axis -1 of (None, 2, 2) ('s'), and not over all classes: leave softmax out",
        ),
    ],
)
def test_what_gives_no_logits_is_refused(model: Callable[[], keras.Model], said: str) -> None:
    own = model()
    own(X)
    with pytest.raises(TrialError) as caught:
        without_ending(own, keras.Input(SHAPE), "softmax", "own:net")
    assert said in str(caught.value)
    assert str(caught.value).startswith("own:net ends in ")
