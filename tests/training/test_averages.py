"""Averages of the weights: those of Keras, with the statistics of batch normalisation, and what is judged and kept."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tiny

from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

MOMENTUM = 0.8
SEARCHED = tiny.experiment(
    {
        "ema_momentum": {"choice": [0.0, MOMENTUM]},
        "optimizer": "sgd",
        "learning_rate": 0.05,
        "batch_normalization": True,
    }
)
RATES = np.float32([0.05, 0.03, 0.02])


@pytest.fixture(scope="module")
def programs() -> Programs:
    """One program serves all of these tests."""
    return Programs()


def program(programs: Programs, momentum: float) -> Program:
    taken, _ = programs.take(tiny.structure(SEARCHED), 7)
    taken.set_values({"ema_momentum": momentum, "momentum": 0.9})
    return taken


def epoch(of: Program) -> None:
    of.train_epoch(tiny.one_piece(*tiny.pictures(tiny.COUNT, 0)), RATES, 0, 0)


def steps(of: Program) -> list[list[np.ndarray]]:
    """The weights after each step of an epoch."""
    found = []
    for step, rate in enumerate(RATES):
        order = np.arange(64 * step, min(64 * step + 64, tiny.COUNT))
        of.train_epoch(tiny.one_piece(*tiny.pictures(tiny.COUNT, 0), order), rate[None], 0, step)
        found.append(of.model.get_weights())
    return found


def judged(of: Program) -> list[np.ndarray]:
    with of.judged():
        weights: list[np.ndarray] = of.model.get_weights()
    return weights


def test_trained_weights_are_averaged_as_keras_averages_them(programs: Programs) -> None:
    made = program(programs, MOMENTUM)
    before = [np.asarray(variable) for variable in made.model.trainable_variables]
    after = []
    for step in range(4):
        of_step = np.float32([RATES[step % 3]])
        made.train_epoch(tiny.one_piece(*tiny.pictures(64, step)), of_step, 0, step)
        after.append([np.asarray(variable) for variable in made.model.trainable_variables])
    # Keras's optimizer is given steps that lead to the same weights.
    weights = [keras.Variable(value) for value in before]
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=MOMENTUM)
    optimizer.build(weights)
    for reached in after:
        optimizer.apply([np.asarray(weight) - value for weight, value in zip(weights, reached, strict=True)], weights)
    optimizer.finalize_variable_values(weights)
    with made.judged():
        ours = [np.asarray(variable) for variable in made.model.trainable_variables]
    for mine, theirs in zip(ours, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_statistics_of_batch_normalisation_are_averaged_alike(programs: Programs) -> None:
    made = program(programs, MOMENTUM)
    names = [weight.name for weight in made.model.weights]
    assert {"moving_mean", "moving_variance"} <= set(names)
    first, second, third = steps(made)
    expected = [MOMENTUM**2 * a + MOMENTUM * 0.2 * b + 0.2 * c for a, b, c in zip(first, second, third, strict=True)]
    for name, mine, theirs in zip(names, judged(made), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6, err_msg=name)


def test_with_a_momentum_of_0_the_averages_are_the_weights(programs: Programs) -> None:
    made = program(programs, 0.0)
    epoch(made)
    for average, weight in zip(judged(made), made.model.get_weights(), strict=True):
        np.testing.assert_array_equal(average, weight)


def test_evaluation_is_of_the_averages_and_training_goes_on_from_the_weights(programs: Programs) -> None:
    made = program(programs, MOMENTUM)
    epoch(made)
    before = tiny.state(made)
    loss, _, _ = tiny.evaluated(made, tiny.whole(*tiny.pictures(70, 1)))
    for now, then in zip(tiny.state(made), before, strict=True):
        np.testing.assert_array_equal(now, then)
    averaged, weights = judged(made), made.model.get_weights()
    made.model.set_weights(averaged)
    held = [np.asarray(variable) for variable in made._averages.variables]  # type: ignore[union-attr]
    assert any((average != weight).any() for average, weight in zip(averaged, weights, strict=True))
    assert loss == tiny.evaluated(made, tiny.whole(*tiny.pictures(70, 1)))[0]
    assert [array.tobytes() for array in held] == [
        np.asarray(variable).tobytes()
        for variable in made._averages.variables  # type: ignore[union-attr]
    ]


def test_what_is_kept_and_exported_is_what_was_judged(programs: Programs) -> None:
    config: dict[str, Any] = {"ema_momentum": MOMENTUM}
    filled = tiny.filled(SEARCHED, config)
    trainer = Trainer(SEARCHED, filled, tiny.PIXELS, tiny.SCALING, 1, programs)
    while trainer.end_reason is None:
        trainer.run_epoch()
    given = np.asarray(trainer.export()(tiny.PIXELS.x_validation.astype(np.float32)))
    assert trainer.predictions is not None
    np.testing.assert_allclose(given, trainer.predictions.probabilities, atol=1e-5)
