"""Model families of a user's own, good and bad ones, as an experiment names them: ``own_families:build``."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnsearch.families import OwnFamily, ParameterSpec
from cnnsearch.networks.runtime import L1L2, Dropout

Config = Mapping[str, Any]
Shape = tuple[int, int, int]


def _network(shape: Shape, classes: int, *layers: keras.layers.Layer, units: int = 6, **options: Any) -> keras.Model:
    """The pictures, flat, through a dense layer, ``layers`` and the output layer."""
    dense = keras.layers.Dense(units, activation="relu", **options)
    return keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), dense, *layers, keras.layers.Dense(classes)], name="own"
    )


class Sharpened(keras.layers.Layer):
    """Reads a runtime value, or a plain number, where it computes."""

    def __init__(self, factor: Any) -> None:
        super().__init__()
        self._factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * getattr(self._factor, "tensor", self._factor)


def sharpened(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Sharpened(config["rate"]))


def build(config: Config, shape: Shape, classes: int) -> keras.Model:
    """``width`` is structural, ``rate`` and ``penalty`` may be runtime values."""
    return _network(
        shape,
        classes,
        Dropout(config.get("rate", 0.0)),
        units=config.get("width", 6),
        kernel_regularizer=L1L2(l2=config.get("penalty", 0.0)),
    )


def huge(_: Config, shape: Shape, classes: int) -> keras.Model:
    """A million million weights."""
    return _network(shape, classes, keras.layers.Dense(10**6), units=10**6)


DECLARED = OwnFamily(
    "one dense layer",
    build,
    [
        ParameterSpec("width", "int", 6, "units of the dense layer", low=1, high=64),
        ParameterSpec("rate", "float", 0.0, "share of dropout", structural=False, low=0.0, high=0.9),
        ParameterSpec("penalty", "float", 0.0, "L2 of the dense layer", structural=False, low=0.0, high=1.0),
    ],
    count=lambda config, shape, classes: (
        (shape[0] * shape[1] * shape[2] + 1) * config["width"] + (config["width"] + 1) * classes
    ),
)
MISCOUNTED = OwnFamily("one dense layer, and a wrong count", build, DECLARED.parameters, lambda *_: 3)
FOR_TEXTS = OwnFamily("of texts", build, takes=("texts",), gives=("sequence",))


def softmax(config: Config, shape: Shape, classes: int) -> keras.Model:
    """The same as :func:`build`, ending as most tutorials do."""
    model = build(config, shape, classes)
    model.layers[-1].activation = keras.activations.softmax
    return model


def stock(config: Config, shape: Shape, classes: int) -> keras.Model:
    """The same as :func:`build` of Keras's own parts only."""
    return _network(
        shape,
        classes,
        keras.layers.Dropout(config["rate"]),
        units=config["width"],
        kernel_regularizer=keras.regularizers.L1L2(l2=config["penalty"]),
    )


STOCK = OwnFamily(
    "one dense layer, of Keras's own parts", stock, [replace(each, structural=True) for each in DECLARED.parameters]
)


def convolutions(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001 - the signature of a family
    """Branches, a nested model, normalisation, fixed seeds, one initializer for two layers: what users write."""
    inputs = keras.Input(shape)
    shared = keras.initializers.HeNormal()
    left = keras.layers.Conv2D(2, 3, padding="same", kernel_initializer=shared)(inputs)
    right = keras.layers.Conv2D(2, 3, padding="same", kernel_initializer=keras.initializers.HeNormal(seed=3))(inputs)
    x = keras.layers.BatchNormalization()(keras.layers.Concatenate()([left, right]))
    x = keras.layers.Dropout(0.2, seed=11)(keras.layers.Dropout(0.1)(x))
    inner = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.GaussianNoise(0.1)])
    return keras.Model(inputs, keras.layers.Dense(classes, kernel_initializer=shared)(inner(x)))


def recurrent(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    rows = keras.layers.Reshape((shape[0], -1))
    return keras.Sequential(
        [keras.Input(shape), rows, keras.layers.LSTM(3, recurrent_dropout=0.1), keras.layers.Dense(classes)]
    )


class Adding(keras.layers.Layer):
    """Adds to the loss in its call: a sum over the batch, and a vector, of which Keras takes the sum."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(0.01 * keras.ops.sum(inputs**2))
        self.add_loss(0.1 * keras.ops.mean(inputs, axis=-1))
        return inputs


def adding(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    """Every way in which a layer adds to the loss."""
    penalties = {name: keras.regularizers.L2(0.01) for name in ("activity_regularizer", "kernel_regularizer")}
    return _network(shape, classes, Adding(), **penalties)


# What Keras alone cannot read, or not even write.


def with_own_layer(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Scaled(config["factor"]))


def with_lambda(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, keras.layers.Lambda(lambda x: x * config["factor"]))


class Unwritable(keras.layers.Layer):
    """Keras cannot write what it is made of."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self._function = function

    def call(self, inputs: Any) -> Any:
        return self._function(inputs)


def unwritable(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Unwritable(lambda x: x * config["factor"]))


class Subclassed(keras.Model):
    """Its shapes are known when it is called."""

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self._factor = config["factor"]
        self.flat, self.dropout = keras.layers.Flatten(), keras.layers.Dropout(0.2)
        self.inner = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.BatchNormalization()])
        self.dense = keras.layers.Dense(classes)

    def call(self, pictures: Any, training: bool = False) -> Any:
        x = self.inner(self.flat(pictures), training=training)
        return self.dense(self.dropout(x * self._factor, training=training))


def subclassed(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return Subclassed(config, classes)


def without_shape(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(classes, "softmax")])


# What draws random numbers, or holds state, outside of Keras.


def loaded_weights(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    model = _network(shape, classes, keras.layers.Dropout(0.2))
    rng = np.random.default_rng(5)
    model.layers[1].set_weights([rng.normal(size=weight.shape) for weight in model.layers[1].weights])
    return model


def weights_of_numpy(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    model = _network(shape, classes)
    model.set_weights([np.random.normal(size=weight.shape) for weight in model.weights])
    return model


def weights_of_python(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    model = _network(shape, classes)
    model.layers[-1].bias.assign([random.random() for _ in range(classes)])
    return model


def weights_of_tensorflow(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    model = _network(shape, classes, keras.layers.Dropout(0.2))
    model.layers[1].kernel.assign(tf.random.normal(model.layers[1].kernel.shape))
    return model


class OwnInitializer(keras.initializers.Initializer):
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return keras.random.normal(shape, dtype=dtype, seed=random.randint(1, 10**9))


def own_initializer(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, kernel_initializer=OwnInitializer())


class GlobalNoise(keras.layers.Layer):
    """Draws from Keras's global generator."""

    def __init__(self, in_training_only: bool) -> None:
        super().__init__()
        self._in_training_only = in_training_only

    def call(self, inputs: Any, training: bool = False) -> Any:
        if self._in_training_only and not training:
            return inputs
        return inputs + keras.random.normal(keras.ops.shape(inputs))


class StatefulNoise(keras.layers.Layer):
    """Draws by TensorFlow's own stateful operation."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        return inputs + tf.random.normal(tf.shape(inputs)) if training else inputs


class PythonNoise(keras.layers.Layer):
    """Draws in Python at each step."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        noise = tf.numpy_function(lambda: np.float32(np.random.normal()), [], tf.float32)
        return inputs + tf.reshape(noise, ())


class Counting(keras.layers.Layer):
    """Keeps a variable that is no weight."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = tf.Variable(0.0, trainable=False)

    def call(self, inputs: Any) -> Any:
        self.seen.assign_add(1.0)
        return inputs * (1.0 + 0.01 * self.seen)


def global_noise(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, GlobalNoise(in_training_only=False))


def global_noise_in_training(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, GlobalNoise(in_training_only=True))


def stateful_noise(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, StatefulNoise())


def python_noise(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, PythonNoise())


def counting(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, Counting())


class Scaled(keras.layers.Layer):
    def __init__(self, factor: Any) -> None:
        super().__init__()
        self._factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self._factor


def constant_of_numpy(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    """What it draws ends in the graph and in no variable."""
    return _network(shape, classes, Scaled(np.float32(np.random.uniform(0.5, 2.0))))


def constant_of_python(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, Scaled(random.uniform(0.5, 2.0)))


def constant_of_tensorflow(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes, Scaled(tf.random.uniform((6,), 0.5, 2.0)))


# What reads a runtime parameter as a number.


def reads_as_stock_dropout(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, keras.layers.Dropout(config["rate"]))


def reads_as_condition(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, *([keras.layers.Dropout(0.5)] if config["rate"] else []))


def reads_by_arithmetic(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Dropout(1.0 - config["rate"]))


def reads_by_comparison(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, *([Dropout(config["rate"])] if config["rate"] > 0.1 else []))


def reads_by_equality(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, *([] if config["rate"] in (0.0, 0.5) else [Dropout(config["rate"])]))


def reads_as_float(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, keras.layers.Dropout(float(config["rate"])))


def reads_as_units(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, units=int(config["rate"]) + 1)


def reads_as_range(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, *[keras.layers.Activation("relu") for _ in range(config["rate"])])


def reads_by_power(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Dropout(config["rate"] ** 2))


def reads_by_rounding(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Dropout(abs(round(config["rate"], 1) // 2 % 1)))


def reads_in_numpy(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, keras.layers.Dropout(np.clip(config["rate"], 0.0, 0.9)))


def reads_in_a_tensor(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Scaled(config["rate"]))


def reads_as_stock_regularizer(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, kernel_regularizer=keras.regularizers.L2(config["rate"]))


def reads_the_tensor_too_early(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, Scaled(1.0 + config["rate"].tensor))


# What is no such model.


def gives_no_model(config: Config, shape: Shape, classes: int) -> Any:  # noqa: ARG001
    return "a network"


def gives_too_few_logits(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network(shape, classes - 1)


def gives_maps(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    inputs = keras.Input(shape)
    return keras.Model(inputs, keras.layers.Conv2D(classes, 1)(inputs))


def gives_another_shape(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return _network((shape[0] + 1, shape[1], shape[2]), classes)


def gives_two_outputs(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    inputs = keras.Input(shape)
    x = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, [keras.layers.Dense(classes)(x), keras.layers.Dense(2)(x)])


def gives_a_dict(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    inputs = keras.Input(shape)
    return keras.Model(inputs, {"logits": keras.layers.Dense(classes)(keras.layers.Flatten()(inputs))})


def takes_two_inputs(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    inputs = [keras.Input(shape), keras.Input((2,))]
    return keras.Model(
        inputs, keras.layers.Dense(classes)(keras.layers.Concatenate()([keras.layers.Flatten()(inputs[0]), inputs[1]]))
    )


def gives_one_number(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])


def sigmoid(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes, "sigmoid", name="last")]
    )


def averages_probabilities(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    """An ensemble, as its members would be written each by itself."""
    inputs = keras.Input(shape)
    flat = keras.layers.Flatten()(inputs)
    members = [keras.layers.Dense(classes, "softmax")(flat) for _ in range(2)]
    return keras.Model(inputs, keras.layers.Average()(members))


def gives_shares(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    """Probabilities by arithmetic that no layer's name tells of."""
    inputs = keras.Input(shape)
    scores = keras.layers.Dense(classes, "softplus")(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, scores / keras.ops.sum(scores, axis=-1, keepdims=True))


def only_wide_ones(config: Config, shape: Shape, classes: int) -> keras.Model:
    if config["width"] < 100:
        raise ValueError("too narrow")
    return _network(shape, classes, units=config["width"])


def reads_the_learning_rate(config: Config, shape: Shape, classes: int) -> keras.Model:
    model = _network(shape, classes)
    model.compile(keras.optimizers.Adam(config["learning_rate"]))
    return model


def reads_what_is_not_there(config: Config, shape: Shape, classes: int) -> keras.Model:
    return _network(shape, classes, units=config["widht"])


def compiles(config: Config, shape: Shape, classes: int) -> keras.Model:
    """What it may read of the config is there."""
    assert {"width", "batch_size", "optimizer", "image_size", "scaling", "label_smoothing"} <= set(config)
    assert config.get("widht", 3) == 3
    assert config["deep"] == (2 if config["depth"] == 3 else None)
    model = _network(shape, classes, units=config["width"])
    model.compile("sgd", "mse")
    return model


class TrainsItself(keras.Sequential):
    def train_step(self, data: Any) -> Any:  # noqa: ARG002
        return {}


def trains_itself(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    return TrainsItself([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes)])


def raises(config: Config, shape: Shape, classes: int) -> keras.Model:  # noqa: ARG001
    raise ValueError("no such network\nat all")


not_a_function = 3


def prints(config: Config, shape: Shape, classes: int) -> keras.Model:
    """Tells of itself in every way that a family may, and is of what Keras cannot write."""
    print(f"printed at {config['rate']}")
    os.write(2, f"written at {config['rate']}\n".encode())
    warnings.warn("beware", UserWarning, stacklevel=1)
    return _network(shape, classes, Unwritable(lambda x: x * 1.0))
