"""A reset model is the model that would be built anew: every variable, bit for bit."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnsearch.families import FAMILIES, find_family
from cnnsearch.networks.runtime import RuntimeValue
from cnnsearch.training.programs.initial_state import InitialState

Build = Callable[[], Any]

ACTIVATIONS = FAMILIES["cnn"].spec.parameters["activation"].options
SEEDS = (5, 6, 7, 2**32 - 1)


def cnn(**config: Any) -> Build:
    return lambda: find_family("cnn").build({**tiny.SMALL["cnn"], **config}, (6, 6, 2), tiny.CLASSES, 1 / 255, 0.0)


def own(name: str, **config: Any) -> Build:
    return lambda: find_family(f"own_families:{name}").build(config, (6, 6, 2), tiny.CLASSES, 1 / 255, 0.0)


def values(model: Any) -> list[np.ndarray]:
    return [np.asarray(variable) for variable in model.variables]


def newly_built(build: Build, seed: int) -> list[np.ndarray]:
    keras.utils.set_random_seed(seed)
    return values(build())


def disturb(model: Any) -> None:
    for variable in model.variables:
        variable.assign(np.asarray(variable) + 1)


def assert_reset_is_new(state: InitialState, build: Build) -> None:
    for seed in SEEDS:
        disturb(state.model)
        state.reset(seed)
        for mine, new in zip(values(state.model), newly_built(build, seed), strict=True):
            assert mine.dtype == new.dtype
            np.testing.assert_array_equal(mine, new)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries(
        {
            "activation": st.sampled_from(ACTIVATIONS),
            "batch_normalization": st.booleans(),
            "conv_blocks": st.integers(1, 2),
            "convs_per_block": st.integers(1, 2),
            "dense_layers": st.integers(0, 2),
            "dropout": st.sampled_from([0.0, 0.4]),
            "l2": st.sampled_from([0.0, 1e-3]),
        }
    ),
    st.integers(0, 2**32 - 2),
    st.booleans(),
)
def test_every_cnn_is_replayed(config: dict[str, Any], seed: int, draws_by_keras: bool) -> None:
    state = InitialState(cnn(**config), seed, draws_by_keras)
    assert state.is_replayed
    assert state.is_resettable
    assert_reset_is_new(state, cnn(**config))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_initializers_of_every_activation_are_replayed(activation: str) -> None:
    config = {"activation": activation, "batch_normalization": True, "dropout": 0.3}
    state = InitialState(cnn(**config), 3, draws_by_keras=True)
    assert state.is_replayed
    assert_reset_is_new(state, cnn(**config))


def test_runtime_parameters_are_replayed_as_plain_ones_are() -> None:
    """A runtime dropout draws its seed as Keras's own does, so that the weights after it are the same."""
    runtime = cnn(dropout=RuntimeValue("dropout"), l1=RuntimeValue("l1"), l2=RuntimeValue("l2"), dense_layers=2)
    state = InitialState(runtime, 3, draws_by_keras=True)
    assert state.is_replayed
    assert_reset_is_new(state, cnn(dropout=0.3, l1=0.1, l2=0.1, dense_layers=2))


def test_the_first_model_is_that_of_its_seed() -> None:
    for build, draws_by_keras in ((cnn(dropout=0.2), True), (own("convolutions"), False)):
        state = InitialState(build, 9, draws_by_keras)
        for mine, new in zip(values(state.model), newly_built(build, 9), strict=True):
            np.testing.assert_array_equal(mine, new)


def test_other_seeds_give_other_weights() -> None:
    """Or equality would prove nothing."""
    state = InitialState(cnn(dropout=0.2), 1, draws_by_keras=True)
    found = []
    for seed in SEEDS:
        state.reset(seed)
        found.append(values(state.model))
    drawn = [at for at, variable in enumerate(state.model.variables) if variable.name != "bias"]
    assert len(drawn) >= 4
    for left, right in itertools.combinations(found, 2):
        assert all((left[at] != right[at]).any() for at in drawn)


@pytest.mark.parametrize("name", ["build", "convolutions", "recurrent"])
def test_own_families_of_keras_parts_are_replayed(name: str) -> None:
    config = {"rate": 0.2, "penalty": 0.1} if name == "build" else {}
    state = InitialState(own(name, **config), 3, draws_by_keras=False)
    assert state.is_replayed
    assert state.is_resettable
    assert_reset_is_new(state, own(name, **config))


def test_loaded_weights_are_replayed_as_constants() -> None:
    build = own("loaded_weights")
    state = InitialState(build, 3, draws_by_keras=False)
    assert state.is_replayed
    assert_reset_is_new(state, build)
    loaded, drawn = state.model.layers[-1].layers[1].kernel, state.model.layers[-1].layers[-1].kernel
    found = {}
    for seed in SEEDS:
        state.reset(seed)
        found[seed] = (np.asarray(loaded).tobytes(), np.asarray(drawn).tobytes())
    assert len({first for first, _ in found.values()}) == 1
    assert len({second for _, second in found.values()}) == len(SEEDS)


@pytest.mark.parametrize("name", ["weights_of_numpy", "weights_of_python", "weights_of_tensorflow", "own_initializer"])
def test_what_cannot_be_proven_is_built_anew_and_copied(name: str) -> None:
    build = own(name)
    state = InitialState(build, 3, draws_by_keras=False)
    assert not state.is_replayed
    assert_reset_is_new(state, build)


@pytest.mark.parametrize("name", ["loaded_weights", "weights_of_numpy", "convolutions"])
def test_a_seed_that_was_not_the_first_to_be_asked_for_gives_the_same(name: str) -> None:
    """Finding the rules leaves nothing behind."""
    one, other = (InitialState(own(name), 3, draws_by_keras=False) for _ in range(2))
    one.reset(8)
    one.reset(9)
    other.reset(9)
    for left, right in zip(values(one.model), values(other.model), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_layer_that_draws_from_the_global_generator_cannot_be_reset() -> None:
    assert not InitialState(own("global_noise"), 3, draws_by_keras=False).is_resettable
    assert InitialState(own("build"), 3, draws_by_keras=False).is_resettable


def test_keras_is_left_as_it_was() -> None:
    before = keras.layers.Layer.add_weight
    InitialState(cnn(), 1, draws_by_keras=True).reset(2)
    assert keras.layers.Layer.add_weight is before
    with pytest.raises(ValueError, match="no such network"):
        InitialState(own("raises"), 1, draws_by_keras=False)
    assert keras.layers.Layer.add_weight is before
