from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.families.spec import TRAINING
from cnnsearch.training.optimizer import build_optimizer, learning_rates


def config(**given: Any) -> dict[str, Any]:
    return TRAINING.filled(given)


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (3, 4), (7, 20)])
def test_cosine_is_keras_cosine_decay(steps: int, epochs: int) -> None:
    import keras

    given = config(learning_rate=0.02, learning_rate_schedule="cosine")
    ours = np.concatenate([learning_rates(given, epoch, steps, epochs) for epoch in range(epochs)])
    decay = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=steps * epochs)
    theirs = [float(decay(step)) for step in range(steps * epochs)]
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-8)


def test_constant() -> None:
    np.testing.assert_array_equal(learning_rates(config(learning_rate=0.25), 9, 3, 10), np.float32([0.25] * 3))


def test_step_is_keras_piecewise_constant_decay() -> None:
    import keras

    given = config(learning_rate=0.5, learning_rate_schedule="step", decay_epochs=2, decay_factor=0.1)
    ours = np.concatenate([learning_rates(given, epoch, 3, 6) for epoch in range(6)])
    decay = keras.optimizers.schedules.PiecewiseConstantDecay([5, 11], [0.5, 0.05, 0.005])
    np.testing.assert_allclose(ours, [float(decay(step)) for step in range(18)], rtol=1e-6)


def values(**numbers: float) -> dict[str, Any]:
    from cnnsearch.networks.runtime import RuntimeValue

    made = {name: RuntimeValue(name) for name in numbers}
    for name, number in numbers.items():
        made[name].variable.assign(number)
    return made


@pytest.mark.parametrize("kind", TRAINING["optimizer"].options)
def test_every_kind_is_keras_own_where_nothing_is_searched(kind: str) -> None:
    optimizer = build_optimizer(kind, {})
    assert type(optimizer).__module__.startswith("keras.")
    assert type(optimizer).__name__ == {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}[kind]
    assert not optimizer.weight_decay
    assert getattr(optimizer, "momentum", 0.0) == 0.0


def moved(optimizer: Any, steps: int = 4) -> list[list[float]]:
    """Where three weights are after each of some steps down the slope of their squares, in a compiled function."""
    import tensorflow as tf

    weights = tf.Variable([1.0, -2.0, 3.0])
    optimizer.build([weights])
    optimizer.learning_rate.assign(0.1)
    step = tf.function(lambda: optimizer.apply([2 * weights], [weights]), autograph=False)
    found = []
    for _ in range(steps):
        step()
        found.append(weights.numpy().tolist())
    return found


@pytest.mark.parametrize("kind", TRAINING["optimizer"].options)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_weight_decay_is_that_of_keras(kind: str, decay: float) -> None:
    from keras import optimizers

    own = {"adam": optimizers.Adam, "adamw": optimizers.AdamW, "sgd": optimizers.SGD, "rmsprop": optimizers.RMSprop}
    theirs = moved(own[kind](weight_decay=decay))
    np.testing.assert_allclose(moved(build_optimizer(kind, values(weight_decay=decay))), theirs, rtol=1e-6)
    assert (moved(build_optimizer(kind, {})) == theirs) == (decay == 0.0)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
def test_momentum_is_that_of_keras(momentum: float) -> None:
    from keras import optimizers

    theirs = moved(optimizers.SGD(momentum=momentum))
    np.testing.assert_allclose(moved(build_optimizer("sgd", values(momentum=momentum))), theirs, rtol=1e-6)
    both = values(momentum=momentum, weight_decay=0.1)
    theirs = moved(optimizers.SGD(momentum=momentum, weight_decay=0.1))
    np.testing.assert_allclose(moved(build_optimizer("sgd", both)), theirs, rtol=1e-6)


def test_momentum_and_decay_are_read_at_each_step() -> None:
    import tensorflow as tf

    given = values(momentum=0.9, weight_decay=0.5)
    optimizer, weights = build_optimizer("sgd", given), tf.Variable([1.0, -2.0, 3.0])
    optimizer.build([weights])
    optimizer.learning_rate.assign(0.1)
    step = tf.function(lambda: optimizer.apply([2 * weights], [weights]), autograph=False)
    step()
    for value in given.values():
        value.variable.assign(0.0)
    before = weights.numpy()
    for _ in range(3):
        step()
    np.testing.assert_allclose(weights.numpy(), before * 0.8**3, rtol=1e-6)
    given["weight_decay"].variable.assign(0.5)
    step()
    np.testing.assert_allclose(weights.numpy(), before * 0.8**3 * (0.95 - 0.2), rtol=1e-6)
    assert step.experimental_get_tracing_count() == 1
