from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.catalog.training import TRAINING
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


@pytest.mark.parametrize("kind", TRAINING["optimizer"].options)
def test_every_kind_with_and_without_weight_decay(kind: str) -> None:
    for decay in (0.0, 0.01):
        optimizer = build_optimizer(config(optimizer=kind, weight_decay=decay, momentum=0.8))
        assert type(optimizer).__name__.lower() == kind
        assert (optimizer.weight_decay or 0.0) == decay
        if kind == "sgd":
            assert optimizer.momentum == 0.8
