"""Weights are counted without memory for them, and whatever code makes of weights without values."""

from __future__ import annotations

import random

import keras
import own_families
import pytest
from keras.src.backend.common import global_state

from cnnsearch.networks.counting import count_weights

CONFIG = {"factor": 3.0, "width": 4, "rate": 0.2, "penalty": 0.1}
SHAPE = (6, 6, 2)


def reads_a_weight() -> keras.Model:
    model = own_families.build(CONFIG, SHAPE, 5)
    assert float(model.layers[-1].kernel.numpy().std()) > 0.0
    return model


@pytest.mark.parametrize(
    "family", ["build", "softmax", "unwritable", "subclassed", "without_shape", "adding", "global_noise"]
)
def test_as_many_as_the_model_has(family: str) -> None:
    function = getattr(own_families, family)
    model = function(CONFIG, SHAPE, 5)
    model(keras.Input(SHAPE))
    assert count_weights(lambda: function(CONFIG, SHAPE, 5), SHAPE) == model.count_params()


def test_no_memory_is_taken() -> None:
    """Of four terabytes."""
    assert count_weights(lambda: own_families.huge({}, SHAPE, 5), SHAPE) == 73 * 10**6 + 10**12 + 10**6 + 5 * 10**6 + 5


def test_code_that_reads_its_weights_is_run_with_weights() -> None:
    assert count_weights(reads_a_weight, SHAPE) == 73 * 4 + 5 * 5


def test_nothing_is_left_behind() -> None:
    """Neither draws of the seeds of trials, nor weights that Keras would give values later."""
    name = keras.layers.Dense(1).name
    random.seed(5)
    for family in (own_families.build, own_families.global_noise):
        count_weights(lambda family=family: family(CONFIG, SHAPE, 5), SHAPE)  # type: ignore[misc]
    drawn = random.random()
    random.seed(5)
    assert random.random() == drawn
    assert keras.layers.Dense(1).name == f"dense_{int(name.partition('_')[2] or 0) + 1}"
    own_families.global_noise(CONFIG, SHAPE, 5)
    assert not global_state.get_global_attribute("uninitialized_variables", [])


def test_what_the_code_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="no such network"):
        count_weights(lambda: own_families.raises({}, SHAPE, 5), SHAPE)
