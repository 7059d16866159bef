"""The compiled epoch against ``keras.Model.fit``: same weights, same batches, same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.catalog.families import FAMILIES
from cnnsearch.models.families import build_model
from cnnsearch.training.optimizer import learning_rates
from cnnsearch.training.program import Program

EPOCHS = 3
COUNT = 150  # two batches of 64 and a smaller one
CLASSES = 5

CASES: dict[str, dict[str, Any]] = {
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.5},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.05},
    "sgd without momentum": {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.0},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam with weight decay": {"optimizer": "adam", "weight_decay": 0.5},
    "sgd with weight decay": {"optimizer": "sgd", "learning_rate": 0.05, "weight_decay": 0.5},
    "rmsprop with weight decay": {"optimizer": "rmsprop", "weight_decay": 0.5},
    "l2": {"l2": 0.01},
    "l1 and l2": {"l1": 0.001, "l2": 0.01},
    "label smoothing": {"label_smoothing": 0.15},
    "batch normalisation": {"batch_normalization": True, "optimizer": "sgd", "learning_rate": 0.05},
    "one whole batch": {"batch_size": COUNT},
    "batch above the data": {"batch_size": 4 * COUNT},
    "cosine": {"learning_rate_schedule": "cosine", "learning_rate": 0.02},
    "step": {"learning_rate_schedule": "step", "decay_epochs": 1, "decay_factor": 0.5},
}


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright patch whose place tells the class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, count).astype(np.int32)
    x = rng.integers(0, 200, (count, 6, 6, 2), dtype=np.uint8)
    x[np.arange(count), y, :, 0] += 40
    return x, y


def filled(config: dict[str, Any]) -> dict[str, Any]:
    small = {"filters": 3, "conv_blocks": 1, "units": 7, "learning_rate": 0.01}
    return FAMILIES["cnn"].searchable.filled({**small, **config})


def orders() -> list[np.ndarray]:
    return [np.random.default_rng(epoch).permutation(COUNT) for epoch in range(EPOCHS)]


def rates(config: dict[str, Any], epoch: int) -> np.ndarray:
    return learning_rates(config, epoch, -(-COUNT // config["batch_size"]), EPOCHS)


def new_model(config: dict[str, Any], weights: list[np.ndarray] | None = None) -> Any:
    import keras

    keras.utils.set_random_seed(7)
    model = build_model("cnn", config, (6, 6, 2), CLASSES, 1 / 255, -0.2)
    if weights:
        model.set_weights(weights)
    return model


def of_program(config: dict[str, Any], model: Any) -> np.ndarray:
    """Loss, accuracy, validation loss and accuracy of each epoch, ``(epochs, 4)``."""
    import tensorflow as tf

    (x, y), (x_validation, y_validation) = pictures(COUNT, 0), pictures(70, 1)
    program = Program(model, config, CLASSES, "uint8")
    found = []
    for epoch, order in enumerate(orders()):
        trained = program.train_epoch(tf.constant(x), tf.constant(y), order, rates(config, epoch))
        loss, probabilities = program.evaluate(tf.constant(x_validation), tf.constant(y_validation))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
        found.append([*trained, loss, (probabilities.argmax(axis=1) == y_validation).mean()])
    return np.array(found)


def of_fit(config: dict[str, Any], model: Any) -> np.ndarray:
    """The same from ``compile`` and ``fit``, written as a user of Keras would."""
    import keras

    class Rates(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            self.epoch = epoch

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            self.model.optimizer.learning_rate = rates(config, self.epoch)[batch]

    decay = config["weight_decay"] or None
    optimizer = {
        "adam": lambda: keras.optimizers.Adam(weight_decay=decay),
        "adamw": lambda: keras.optimizers.AdamW(weight_decay=decay),
        "sgd": lambda: keras.optimizers.SGD(momentum=config["momentum"], weight_decay=decay),
        "rmsprop": lambda: keras.optimizers.RMSprop(weight_decay=decay),
    }[config["optimizer"]]()
    model.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config["label_smoothing"]),
        metrics=["accuracy"],
    )
    x, y = pictures(COUNT, 0)
    x_validation, y_validation = pictures(70, 1)
    found = []
    for epoch, order in enumerate(orders()):
        history = model.fit(
            x[order],
            keras.utils.to_categorical(y[order], CLASSES),
            batch_size=config["batch_size"],
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            callbacks=[Rates()],
            verbose=0,
        ).history
        # Evaluation is on the labels as they are: smoothing is for training.
        logits = keras.ops.convert_to_tensor(model.predict(x_validation, verbose=0))
        losses = keras.losses.sparse_categorical_crossentropy(y_validation, logits, from_logits=True)
        penalty = sum(float(value) for value in model.losses)
        accuracy = (np.asarray(logits).argmax(axis=1) == y_validation).mean()
        found.append([history["loss"][0], history["accuracy"][0], float(np.mean(losses)) + penalty, accuracy])
    return np.array(found)


@pytest.mark.parametrize("case", CASES)
def test_a_compiled_epoch_gives_the_numbers_of_fit(case: str) -> None:
    config = filled(CASES[case])
    model = new_model(config)
    start = model.get_weights()
    ours = of_program(config, model)
    other = new_model(config, start)
    theirs = of_fit(config, other)
    np.testing.assert_allclose(ours[:, [0, 2]], theirs[:, [0, 2]], atol=1e-4)
    np.testing.assert_allclose(ours[:, [1, 3]], theirs[:, [1, 3]], atol=1e-6)
    moved = max(np.abs(new - old).max() for new, old in zip(other.get_weights(), start, strict=True))
    for mine, other_weight in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other_weight, atol=0.02 * moved)


def test_the_cases_differ_from_each_other() -> None:
    """A parity test is worth something only where what it varies changes the numbers."""
    weights = new_model(filled({})).get_weights()
    losses = {}
    for case in ("adam", "adam with weight decay", "l2", "label smoothing", "step", "one whole batch"):
        config = filled(CASES[case])
        losses[case] = float(of_program(config, new_model(config, weights))[-1, 0])
    plain = losses.pop("adam")
    assert min(abs(loss - plain) for loss in losses.values()) > 1e-3, losses


def test_every_picture_is_trained_on_once_and_in_order() -> None:
    import tensorflow as tf

    config = filled({"optimizer": "sgd", "momentum": 0.0, "batch_size": 1})
    x, y = pictures(3, 2)
    losses = {}
    for order in ([0, 1, 2], [2, 1, 0]):
        program = Program(new_model(config), config, CLASSES, "uint8")
        rates = np.float32([0.0, 0.0, 0.0])
        losses[tuple(order)] = program.train_epoch(tf.constant(x), tf.constant(y), np.array(order), rates)
        only = [program.evaluate(tf.constant(x[i : i + 1]), tf.constant(y[i : i + 1]))[0] for i in range(3)]
        assert losses[tuple(order)][0] == pytest.approx(np.mean(only), rel=1e-5)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_evaluation_covers_every_picture_whatever_their_number(count: int) -> None:
    import tensorflow as tf

    config = filled({})
    model = new_model(config)
    x, y = pictures(count, 3)
    loss, probabilities = Program(model, config, CLASSES, "uint8").evaluate(tf.constant(x), tf.constant(y))
    logits = np.asarray(model(x.astype(np.float32)))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    assert loss == pytest.approx(-np.log(expected[np.arange(count), y]).mean(), rel=1e-4)


def test_dropout_works_in_training_only() -> None:
    import tensorflow as tf

    config = filled({"dropout": 0.5})
    x, y = (tf.constant(array) for array in pictures(64, 4))
    program = Program(new_model(config), config, CLASSES, "uint8")
    still = np.float32([0.0])
    trained = {program.train_epoch(x, y, np.arange(64), still)[0] for _ in range(3)}
    evaluated = {program.evaluate(x, y)[0] for _ in range(3)}
    assert len(trained) == 3
    assert len(evaluated) == 1
