"""The head of regression: scaled inside, in the targets' unit outside."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from cnnsearch.tasks.regression.head import make
from cnnsearch.tasks.regression.spec import REGRESSION
from cnnsearch.tasks.regression.targets import NumberTargets

TARGETS = NumberTargets(np.array([[1.7e9, 1.0], [1.7e9 + 0.5, 3.0], [1.7e9 + 1, 8.0]]), ("seconds", "size"))
OUTPUTS = np.float32([[0.1, -3.0], [0.0, 1.0], [2.0, 1.5]])


def scaled() -> np.ndarray:
    return np.asarray((TARGETS.values - TARGETS.values.mean(axis=0)) / TARGETS.values.std(axis=0), np.float32)


@pytest.mark.parametrize(
    ("loss", "theirs"),
    [
        ("mse", keras.losses.MeanSquaredError),
        ("mae", keras.losses.MeanAbsoluteError),
        ("huber", lambda **options: keras.losses.Huber(0.7, **options)),
    ],
)
def test_the_losses_are_those_of_keras_on_scaled_targets(loss: str, theirs: type[keras.losses.Loss]) -> None:
    head = make(TARGETS.outputs, {"loss": loss, "huber_delta": 0.7})
    found = head.losses(tf.constant(OUTPUTS), tf.constant(TARGETS.values), {})
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, theirs(reduction="none")(scaled(), OUTPUTS), rtol=1e-6)
    judged = head.judged(tf.constant(OUTPUTS), tf.constant(TARGETS.values))
    np.testing.assert_array_equal(judged.losses, found)
    np.testing.assert_array_equal(judged.kept["losses"], found)
    config = {"loss": loss, "huber_delta": 0.7}
    network = keras.Input((2,))
    layer = keras.Model(network, head.exported(network)).layers[-1]
    answers = REGRESSION.answers(TARGETS.names, {}, config, layer)
    of_file = answers.predictions(TARGETS.values, np.asarray(judged.kept["values"]))
    np.testing.assert_allclose(of_file.per_item("loss"), found, rtol=1e-5, err_msg="as of what a model's file gives")


def test_what_is_told_is_in_the_unit_to_its_last_digit(tmp_path: Path) -> None:
    head = make(TARGETS.outputs, {"loss": "mse", "huber_delta": 1.0})
    judged = head.judged(tf.constant(OUTPUTS), tf.constant(TARGETS.values))
    expected = OUTPUTS * TARGETS.values.std(axis=0) + TARGETS.values.mean(axis=0)
    np.testing.assert_allclose(judged.kept["values"], expected, rtol=1e-15)
    (told,) = head.sums(tf.constant(OUTPUTS), tf.constant(TARGETS.values))
    assert float(told) == pytest.approx(np.abs(expected - TARGETS.values).mean(axis=1).sum(), rel=1e-5)
    network = keras.Input((2,))
    model = keras.Model(network, head.exported(network))
    tiny.save(model, tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].name == "values"
    np.testing.assert_allclose(loaded.predict(OUTPUTS, verbose=0), expected, rtol=1e-15)


def test_float64_is_told_only_where_float32_would_lose_digits() -> None:
    """LiteRT multiplies no float64."""
    values = np.array([[10.0], [11.0], [12.0]])
    for offset, dtype in ((0.0, "float32"), (800.0, "float32"), (900.0, "float64")):
        head = make(NumberTargets(values + offset, ("size",)).outputs, {"loss": "mse", "huber_delta": 1.0})
        assert head.exported(keras.Input((1,))).dtype == dtype


def test_probabilities_are_refused() -> None:
    head = make(TARGETS.outputs, {"loss": "mse", "huber_delta": 1.0})
    assert head.refused(np.float32([[0.25, 0.75], [0.5, 0.5]])) is not None
    assert head.refused(OUTPUTS) is None
