"""A program against ``keras.Model.compile`` and ``fit``: same initial weights, same batches, same numbers.

Keras computes without XLA here, as programs do. Dropout draws other activations in each and is tested by itself, in
``tests/networks/test_runtime.py``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from cnnsearch.families import FAMILIES
from cnnsearch.families.spec import OPTIMIZERS, TRAINING
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.imbalance import class_weights
from cnnsearch.training.programs.learning_rates import learning_rates
from cnnsearch.training.programs.program import Program

EPOCHS = 2
STEPS = 5
"""First steps that are compared one by one; the third has a smaller batch."""

TRAIN, VALIDATION = tiny.pictures(tiny.COUNT, 0), tiny.pictures(70, 1)
BALANCED = tiny.COUNT / (tiny.CLASSES * np.bincount(TRAIN[1], minlength=tiny.CLASSES))


@dataclass(frozen=True)
class Case:
    """One config, and what else its search could have drawn.

    Attributes:
        config: over the small one of its family.
        ranges: parameters that the search has ranges for, so that they are runtime values even where they are 0.
    """

    config: dict[str, Any]
    ranges: dict[str, Any] = field(default_factory=dict)


SGD = {"optimizer": "sgd", "learning_rate": 0.05}
RANGE = {"float": [0.0, 0.5]}
DROPOUT_OF_VIT = ("dropout", "encoder_dropout", "stochastic_depth")

# What is trained with; goes for every family.
TRAINED: dict[str, Case] = {
    "adam": Case({"optimizer": "adam"}),
    "adamw": Case({"optimizer": "adamw", "weight_decay": 0.5}),
    "sgd": Case(SGD),
    "sgd without momentum": Case({**SGD, "momentum": 0.0}),
    "sgd whose momentum is 0 in this trial": Case({**SGD, "momentum": 0.0}, {"momentum": RANGE}),
    "rmsprop": Case({"optimizer": "rmsprop"}),
    "nadam": Case({"optimizer": "nadam"}),
    "adamax": Case({"optimizer": "adamax"}),
    "adagrad": Case({"optimizer": "adagrad"}),
    "adadelta": Case({"optimizer": "adadelta", "learning_rate": 1.0}),
    "lamb": Case({"optimizer": "lamb"}),
    "lion": Case({"optimizer": "lion", "learning_rate": 1e-3}),
    "adam with weight decay": Case({"optimizer": "adam", "weight_decay": 0.5}),
    "sgd with weight decay": Case({**SGD, "weight_decay": 0.5}),
    "rmsprop with weight decay": Case({"optimizer": "rmsprop", "weight_decay": 0.5}),
    "label smoothing": Case({"label_smoothing": 0.15}),
    "class weights": Case({"class_weights": "balanced"}),
    "class weights and label smoothing": Case({"class_weights": "balanced", "label_smoothing": 0.1, **SGD}),
    "square roots of class weights": Case({"class_weights": "square_root"}),
    "effective class weights, focal loss": Case(
        {"class_weights": "effective", "class_weights_beta": 0.95, "focal_gamma": 2.0, "label_smoothing": 0.1}
    ),
    "one whole batch": Case({"batch_size": tiny.COUNT}),
    "batch above the data": Case({"batch_size": 4 * tiny.COUNT}),
    "cosine": Case({"learning_rate_schedule": "cosine", "learning_rate": 0.02}),
    "step": Case({"learning_rate_schedule": "step", "decay_epochs": 1, "decay_factor": 0.5}),
    "polynomial": Case({"learning_rate_schedule": "polynomial"}),
    "clipped gradients of two batches, one cycle": Case(
        {"clip_norm": 0.5, "gradient_accumulation": 2, "learning_rate_schedule": "one_cycle", "learning_rate": 0.05}
    ),
    "all of it off in this trial": Case(
        {"weight_decay": 0.0, "label_smoothing": 0.0, "class_weights": "none"},
        {"weight_decay": RANGE, "label_smoothing": RANGE, "class_weights": {"choice": ["none", "balanced"]}},
    ),
}

# What is in the networks of one family.
OF_FAMILY: dict[str, dict[str, Case]] = {
    "cnn": {
        "l2": Case({"l2": 0.01}),
        "penalties and dropout that are 0 in this trial": Case(
            {"l1": 0.0, "l2": 0.0, "dropout": 0.0}, {"l1": RANGE, "l2": RANGE, "dropout": RANGE}
        ),
        "batch normalisation": Case({"batch_normalization": True, **SGD}),
        "batch normalisation with adam": Case({"batch_normalization": True, "convs_per_block": 2}),
        "average pooling, no dense layers": Case({"pooling": "average", "dense_layers": 0, "activation": "gelu"}),
        "residual units, squeezed and excited; stochastic depth is 0 in this trial": Case(
            {"block": "residual", "batch_normalization": True, "attention": "squeeze_excite", "stochastic_depth": 0.0},
            {"stochastic_depth": RANGE},
        ),
        "bottlenecks in groups, weighed by channels and places, with self-attention": Case(
            {
                **{"block": "bottleneck", "filters": 8, "normalization": "group", "normalization_groups": 2},
                **{"attention": "cbam", "self_attention_layers": 1, "self_attention_heads": 2, "l2": 0.01},
            }
        ),
        "separable convolutions, normalised by layer; the second block has its own": Case(
            {
                **{"block": "separable", "normalization": "layer", "l1": 0.001, "l2": 0.01, "conv_blocks": 2},
                **{"filters_2": 5, "kernel_size_2": 1, "block_dropout_2": 0.0},
            },
            {"block_dropout_2": RANGE},
        ),
    },
    "transfer": {
        "nothing unfrozen": Case({"unfrozen_layers": 0}),
        "nothing unfrozen, flat features": Case({"unfrozen_layers": 0, "pooling": "flatten"}),
        "nothing unfrozen, a head of two layers with penalties": Case(
            {"unfrozen_layers": 0, "pooling": "max", "head_layers": 2, "head_units": 6, "l2": 0.05}
        ),
        "a convolution stays frozen": Case({"unfrozen_layers": 2}),
        "a third": Case({"unfrozen_layers": 0.4}),
        "two blocks": Case({"unfrozen_layers": "block1"}),
        "statistics of the batch": Case({"unfrozen_batch_normalization": "training", **SGD}),
        "two blocks with statistics of the batch": Case(
            {"unfrozen_layers": "block1", "unfrozen_batch_normalization": "training"}
        ),
        "l2": Case({"l2": 0.05, "head_layers": 1, "head_units": 5, "activation": "gelu"}),
        "a penalty that is 0 in this trial": Case({"l2": 0.0}, {"l2": RANGE}),
        "dropout that is 0 in this trial": Case({"dropout": 0.0}, {"dropout": RANGE}),
        "lower layers at lower rates": Case({"unfrozen_layers": "block1", "layer_decay": 0.3}),
        "lower layers at lower rates with sgd": Case({"unfrozen_layers": "block1", "layer_decay": 0.3, **SGD}),
        "layers at one rate in this trial": Case({"layer_decay": 1.0}, {"layer_decay": {"float": [0.5, 1.0]}}),
    },
    "vit": {
        "convolutions, sines, weighted tokens": Case(
            {"stem": "convolutions", "patch_size": 2, "positions": "sine", "token_pooling": "attention"}
        ),
        "a class token; dropout is 0 in this trial": Case(
            {"token_pooling": "class_token", "depth": 2, **dict.fromkeys(DROPOUT_OF_VIT, 0.0)},
            dict.fromkeys(DROPOUT_OF_VIT, RANGE),
        ),
    },
}

# Of the training alone, whatever the family: compared for the cnn, for the others by -m exhaustive.
WHATEVER_THE_FAMILY = {
    "clipped gradients of two batches, one cycle",
    *("adamw", "rmsprop", "sgd without momentum", "sgd whose momentum is 0 in this trial", "step"),
    *("adam with weight decay", "sgd with weight decay", "rmsprop with weight decay"),
    *("label smoothing", "class weights", "class weights and label smoothing"),
    "effective class weights, focal loss",
    *("one whole batch", "batch above the data", "all of it off in this trial"),
}


# Of which another case holds all parts, in one family or the other, or a test of optimizers or schedules by themselves:
# by -m exhaustive.
SAID_BY_ANOTHER = {
    *(
        (family, kind)
        for family in tiny.OF_VECTORS
        for kind in ("nadam", "adamax", "adagrad", "adadelta", "lamb", "lion")
    ),
    *((family, name) for family in tiny.OF_VECTORS for name in ("polynomial", "square roots of class weights")),
    *(("cnn", "label smoothing"), ("cnn", "class weights"), ("cnn", "l2"), ("cnn", "batch normalisation")),
    *(("cnn", "sgd without momentum"), ("cnn", "rmsprop with weight decay"), ("cnn", "batch above the data")),
    *(("cnn", "adamw"), ("cnn", "sgd"), ("cnn", "step"), ("cnn", "one whole batch")),
    *(("cnn", "class weights and label smoothing"), ("cnn", "batch normalisation with adam")),
    *(("transfer", "nothing unfrozen"), ("transfer", "nothing unfrozen, flat features"), ("transfer", "a third")),
    *(("transfer", "two blocks with statistics of the batch"), ("transfer", "two blocks"), ("transfer", "l2")),
    *(("transfer", "lower layers at lower rates with sgd"), ("transfer", "layers at one rate in this trial")),
    *(("transfer", "a penalty that is 0 in this trial"), ("transfer", "dropout that is 0 in this trial")),
    *((family, name) for family in ("transfer", "vit") for name in TRAINED),
}


def is_exhaustive(family: str, name: str) -> bool:
    return (family, name) in SAID_BY_ANOTHER or (family != "cnn" and name in WHATEVER_THE_FAMILY)


CASES = [
    pytest.param(
        family,
        name,
        id=f"{family}: {name}",
        marks=[pytest.mark.exhaustive] if is_exhaustive(family, name) else [],
    )
    for family in tiny.OF_VECTORS
    for name in (*TRAINED, *OF_FAMILY[family])
]


def case_named(family: str, name: str) -> Case:
    return TRAINED.get(name) or OF_FAMILY[family][name]


def weights_of(config: Mapping[str, Any]) -> np.ndarray:
    """Of the classes."""
    kind, counts = config["class_weights"], np.bincount(TRAIN[1], minlength=tiny.CLASSES)
    return BALANCED if kind == "balanced" else class_weights(kind, counts, config["class_weights_beta"])


def new_program(family: str, case: Case) -> Program:
    """Ready to train the case, from the initial weights of seed 7."""
    searched = tiny.experiment({**case.config, **case.ranges}, family)
    made = tiny.program(searched, case.config)
    numbers = tiny.filled(searched, case.config)
    numbers["class_weights"] = weights_of(numbers)
    made.set_values({name: numbers[name] for name in made.values})
    return made


def settings(family: str, case: Case) -> dict[str, Any]:
    return tiny.filled(tiny.experiment({**case.config, **case.ranges}, family), case.config)


def batches(config: Mapping[str, Any]) -> list[list[np.ndarray]]:
    """The indices of each step of each epoch."""
    size = config["batch_size"]
    orders = [np.random.default_rng(epoch).permutation(tiny.COUNT) for epoch in range(EPOCHS)]
    return [[order[at : at + size] for at in range(0, tiny.COUNT, size)] for order in orders]


def rates(config: Mapping[str, Any], epoch: int) -> np.ndarray:
    return learning_rates(config, epoch, -(-tiny.COUNT // config["batch_size"]), EPOCHS)


def first_steps(config: Mapping[str, Any]) -> list[tuple[np.ndarray, float]]:
    """Batch and learning rate of the first steps."""
    steps = [
        (batch, float(rate))
        for epoch, order in enumerate(batches(config))
        for batch, rate in zip(order, rates(config, epoch), strict=True)
    ]
    return steps[:STEPS]


class OfProgram:
    """The program's side: losses of steps, or loss, accuracy, validation loss and accuracy of epochs."""

    def __init__(self, family: str, case: Case) -> None:
        self.config = settings(family, case)
        self.program = new_program(family, case)
        self.weights = self.program.model.get_weights()

    def steps(self) -> list[float]:
        x, y = TRAIN
        return [
            self.program.train_epoch(tiny.one_piece(x, y, batch), np.float32([rate]), 0, step)[0]
            for step, (batch, rate) in enumerate(first_steps(self.config))
        ]

    def epochs(self) -> np.ndarray:
        found = []
        for epoch, order in enumerate(batches(self.config)):
            pieces = tiny.one_piece(*TRAIN, np.concatenate(order))
            trained = self.program.train_epoch(pieces, rates(self.config, epoch), 0, epoch * len(order))
            loss, probabilities, confusion = tiny.evaluated(self.program, tiny.whole(*VALIDATION))
            np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
            accuracy = (probabilities.argmax(axis=1) == VALIDATION[1]).mean()
            assert np.trace(confusion) / confusion.sum() == pytest.approx(accuracy)
            found.append([*trained, loss, accuracy])
        return np.array(found)


DEPTHS = {"head_logits": 0, "block2_norm": 1, "block2_conv": 2, "block1_norm": 3, "block1_conv": 4, "block1_first": 5}
"""Layers with weights above each one that a transfer case may train, up to the head."""

UNFROZEN = {0: 0, 2: 1, "block2": 2, 0.4: 3, "block1": 5}
"""What ``unfrozen_layers`` says, and down to which depth that is."""


class FineTuned(keras.Model):
    """A transfer network as Keras's guide builds it: what is in inference mode is called with ``training=False``."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        network = keras.models.load_model(tiny.NETWORK, compile=False)
        output = {layer.name: layer.output for layer in network.layers}
        trained = {name for name, depth in DEPTHS.items() if depth <= UNFROZEN[config["unfrozen_layers"]]}
        for layer in network.layers:
            layer.trainable = layer.name in trained
        self.lower = keras.Model(network.input, [output["stem_relu"], output["block1_dropout"]])
        self.upper = keras.Model(self.lower.outputs, output["block2_relu"])
        self.is_fixed = config["unfrozen_batch_normalization"] == "inference"
        pooling = {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D", "flatten": "Flatten"}
        penalty = keras.regularizers.L2(config["l2"])
        self.head = keras.Sequential([keras.Input((3, 3, 4)), getattr(keras.layers, pooling[config["pooling"]])()])
        for _ in range(config["head_layers"]):
            self.head.add(keras.layers.Dense(config["head_units"], config["activation"], kernel_regularizer=penalty))
        self.head.add(keras.layers.Dense(tiny.CLASSES, kernel_regularizer=penalty, name="head_logits"))

    def call(self, pictures: Any, training: bool = False) -> Any:
        x = self.upper(self.lower(pictures, training=False), training=training and not self.is_fixed)
        return self.head(x)


class OfFit:
    """The same from ``compile`` and ``fit``, written as a user of Keras would; ``losses`` are those of the steps."""

    def __init__(self, family: str, case: Case) -> None:
        searched = tiny.experiment({**case.config, **case.ranges}, family)
        self.config = config = settings(family, case)
        is_own = family == "transfer"
        self.model = FineTuned(config) if is_own else tiny.structure(searched, case.config).build(config)
        options = {
            "weight_decay": config["weight_decay"] or None,
            "global_clipnorm": config["clip_norm"] or None,
            "gradient_accumulation_steps": config["gradient_accumulation"]
            if config["gradient_accumulation"] > 1
            else None,
            **({"momentum": config["momentum"]} if config["optimizer"] == "sgd" else {}),
        }
        kind = {"adamw": "AdamW"}.get(config["optimizer"], OPTIMIZERS[config["optimizer"]])
        make = functools.partial(getattr(keras.optimizers, kind), **options)
        # One for each rate, where the layers have rates of their own.
        self.optimizers = [make() for _ in DEPTHS] if config.get("layer_decay", 1.0) != 1.0 else [make()]
        given = {"from_logits": True, "label_smoothing": config["label_smoothing"]}
        loss = keras.losses.CategoricalCrossentropy(**given)
        if config["focal_gamma"]:
            loss = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=config["focal_gamma"], **given)
        # Step by step as it is written: a graph would take seconds to make for steps of milliseconds.
        self.model.compile(self.optimizers[0], loss, metrics=["accuracy"], run_eagerly=True)

    def _start(self, weights: list[np.ndarray]) -> None:
        """Initial weights and a new optimizer: all its variables are 0 then; the learning rate is set at each step."""
        self.losses: list[float] = []
        self.model.set_weights(weights)
        for variable in (variable for optimizer in self.optimizers for variable in optimizer.variables):
            variable.assign(keras.ops.zeros_like(variable))

    def _fit(self, order: np.ndarray, size: int, rates: np.ndarray) -> tuple[float, float]:
        """Loss and accuracy of training on the pictures in this order."""
        if len(self.optimizers) > 1:
            return self._loop(order, size, rates)
        model = self.model

        told = [0.0]
        seen = np.minimum(size * np.arange(len(rates) + 1), len(order))

        class Rates(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
                model.optimizer.learning_rate = rates[batch]

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                told.append(logs["loss"] * seen[batch + 1])  # Keras tells the mean so far

        x, y = TRAIN
        weights = dict(enumerate(weights_of(self.config))) if self.config["class_weights"] != "none" else None
        history = model.fit(
            x[order],
            keras.utils.to_categorical(y[order], tiny.CLASSES),
            batch_size=size,
            class_weight=weights,
            shuffle=False,
            callbacks=[Rates()],
            verbose=0,
        ).history
        self.losses += (np.diff(told) / np.diff(seen)).tolist()
        return history["loss"][0], history["accuracy"][0]

    def _loop(self, order: np.ndarray, size: int, rates: np.ndarray) -> tuple[float, float]:
        """The same by hand, each layer by an optimizer of its own, whose rate is lower by its depth."""
        found = []
        for at, rate in zip(range(0, len(order), size), rates, strict=True):
            x, y = (array[order[at : at + size]] for array in TRAIN)
            with tf.GradientTape() as tape:
                logits = self.model(x.astype(np.float32), training=True)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
            variables = self.model.trainable_variables
            gradients = dict(
                zip([variable.path for variable in variables], tape.gradient(loss, variables), strict=True)
            )
            for optimizer, (name, depth) in zip(self.optimizers, DEPTHS.items(), strict=True):
                own = [variable for variable in variables if variable.path.split("/")[-2] == name]
                optimizer.learning_rate = rate * self.config["layer_decay"] ** depth
                optimizer.apply([gradients[variable.path] for variable in own], own)
            hits = (np.asarray(logits).argmax(axis=1) == y).sum()
            found.append((float(loss) * len(y), float(hits)))
            self.losses.append(float(loss))
        loss, hits = np.sum(found, axis=0) / len(order)
        return float(loss), float(hits)

    def epochs(self, weights: list[np.ndarray]) -> np.ndarray:
        self._start(weights)
        x, y = VALIDATION
        found = []
        for epoch, order in enumerate(batches(self.config)):
            trained = self._fit(np.concatenate(order), self.config["batch_size"], rates(self.config, epoch))
            # Evaluation is on the labels as they are: smoothing and class weights are for training.
            logits = self.model(x.astype(np.float32), training=False)
            losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
            loss = float(np.mean(losses)) + sum(float(value) for value in self.model.losses)
            found.append([*trained, loss, (np.asarray(logits).argmax(axis=1) == y).mean()])
        return np.array(found)

    def noise(self, weights: list[np.ndarray], found: np.ndarray) -> np.ndarray:
        """How far the epochs are from those ``found`` when the initial weights move by 1e-7, ``(epochs, 4)``."""
        rng = np.random.default_rng(0)
        moved = [
            self.epochs([weight + rng.choice([-1e-7, 1e-7], weight.shape).astype(np.float32) for weight in weights])
            for _ in range(3)
        ]
        return np.abs(np.array(moved) - found).max(axis=0)


@functools.cache
def of_program(family: str, name: str) -> tuple[list[np.ndarray], list[float], np.ndarray]:
    """Initial weights, losses of the first steps, and epochs."""
    ours = OfProgram(family, case_named(family, name))
    steps = ours.steps()
    ours.program.reset(7)
    for weight, first in zip(ours.program.model.get_weights(), ours.weights, strict=True):
        np.testing.assert_array_equal(weight, first)
    return ours.weights, steps, ours.epochs()


@pytest.mark.parametrize(("family", "name"), CASES)
def test_a_program_gives_the_numbers_of_fit(family: str, name: str) -> None:
    weights, steps, epochs = of_program(family, name)
    fit = OfFit(family, case_named(family, name))
    of_fit = fit.epochs(weights)
    np.testing.assert_allclose(steps, fit.losses[:STEPS], atol=1e-5, rtol=0)
    difference = np.abs(epochs - of_fit)
    if (difference > 1e-4).any():  # nothing but what fit does to itself
        assert (difference <= np.maximum(1e-4, 10 * fit.noise(weights, of_fit))).all()


def test_every_optimizer_and_schedule_is_compared() -> None:
    for name in ("optimizer", "learning_rate_schedule", "class_weights"):
        known = {**TRAINING, **CLASSIFICATION.parameters}[name]
        assert {case.config.get(name, known.default) for case in TRAINED.values()} == set(known.options)
    assert set(OF_FAMILY) == set(tiny.OF_VECTORS)
    assert set(tiny.SMALL) == {name for name, family in FAMILIES.items() if not family.spec.reads_texts}


# Cases that mean the same as another one.
SAME = {
    "adamw": "adam with weight decay",
    "all of it off in this trial": "adam",
    "sgd whose momentum is 0 in this trial": "sgd without momentum",
    "batch above the data": "one whole batch",
    "a penalty that is 0 in this trial": "adam",
    "layers at one rate in this trial": "adam",
}


@pytest.mark.parametrize("family", tiny.OF_VECTORS)
def test_the_cases_differ_from_each_other(family: str) -> None:
    """A parity test is worth something only where what it varies changes the numbers."""
    names = [name for name in (*TRAINED, *OF_FAMILY[family]) if not is_exhaustive(family, name)]
    found = {name: of_program(family, name)[2] for name in names}
    for left, right in itertools.combinations(found, 2):
        difference = np.abs(found[left] - found[right])[:, [0, 2]].max()
        if SAME.get(left, left) == SAME.get(right, right):
            assert difference < 1e-4, (left, right)
        else:
            assert difference > 5e-4, (left, right)
