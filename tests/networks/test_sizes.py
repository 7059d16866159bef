"""Sizes of listed layers, by hand."""

from __future__ import annotations

import pytest

from cnnsearch.errors import TrialError
from cnnsearch.families.spec import TRAINING
from cnnsearch.networks.layers import Layer, dense_head
from cnnsearch.networks.sizes import Sizes, as_held, bytes_a_parameter, steps
from cnnsearch.training.checks import memory

HEAD = list(dense_head({"activation": "relu", "dropout": 0.5}, 1, 10, 3))


def test_what_each_layer_holds_and_multiplies() -> None:
    layers = [
        Layer("Conv2D", "a", (4, 3), {"padding": "same", "strides": 2, "use_bias": False}),
        Layer("BatchNormalization", "b"),
        Layer("Activation", "c", ("relu",)),
        Layer("Conv2D", "d", (2, 3), {"padding": "valid"}),
        Layer("MaxPooling2D", "e", (2,)),
        Layer("Flatten", "f"),
        *HEAD,
    ]
    found = [(step.after, step.weights, step.macs) for step in steps(layers, (9, 12, 3))]
    assert found == [
        ((5, 6, 4), 3 * 3 * 3 * 4, 3 * 3 * 3 * 4 * 30),
        ((5, 6, 4), 16, 0),
        ((5, 6, 4), 0, 0),
        ((3, 4, 2), 3 * 3 * 4 * 2 + 2, 3 * 3 * 4 * 2 * 12),
        ((1, 2, 2), 0, 0),
        ((4,), 0, 0),
        ((10,), 50, 40),
        ((10,), 0, 0),
        ((3,), 33, 30),
    ]


def test_vectors_that_stay_take_their_own_bytes_alone() -> None:
    layers = [Layer("Embedding", "a", (100, 8), {"trainable": False}), Layer("GlobalMaxPooling1D", "b"), *HEAD]
    found = Sizes.of(steps(layers, (5,)))
    assert (found.weights - found.frozen, found.frozen) == (8 * 10 + 10 + 33, 800)
    config = TRAINING.filled({}) | {"batch_size": 1}
    taken = found.cost(config)["gpu_memory_bytes"] - 4 * found.values
    assert taken == 4 * 800 + 123 * bytes_a_parameter(config)


def test_a_map_that_is_too_small_ends_below_one() -> None:
    (step,) = steps([Layer("Conv2D", "a", (4, 5), {"padding": "valid"})], (3, 8, 1))
    assert step.after == (-1, 4, 4)


def test_pooling_of_a_whole_map_leaves_its_channels() -> None:
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
        assert [step.after for step in steps([Layer(kind, "a")], (5, 7, 6))] == [(6,)]


def test_what_a_network_costs_is_told_by_its_layers() -> None:
    layers = [Layer("Conv2D", "a", (4, 3), {"padding": "same"}), Layer("Flatten", "b"), Layer("Dense", "c", (2,))]
    sizes = Sizes.of(steps(layers, (5, 6, 3)))
    assert sizes == Sizes(3 * 3 * 3 * 4 + 4 + 121 * 2, 3 * 3 * 3 * 4 * 30 + 240, 120 + 120 + 2)
    config = TRAINING.filled({"batch_size": 10})
    assert sizes.cost(config) == {
        "parameters": 354.0,
        "model_bytes": 354.0 * 4,
        "macs": 3480.0,
        "gpu_memory_bytes": 354.0 * 20 + 10 * 242 * 4,
    }
    averaged = sizes.cost({**config, "ema_momentum": 0.9, "gradient_accumulation": 4})
    assert averaged["gpu_memory_bytes"] == 354.0 * 28 + 10 * 242 * 4


def test_less_is_kept_of_a_weight_without_momentum_and_more_with_averages() -> None:
    plain = TRAINING.filled({"optimizer": "sgd", "momentum": 0.0})
    assert bytes_a_parameter(plain) == 12  # itself, its gradient, its best value
    # Searched, and off in this config: the program has it all the same.
    assert bytes_a_parameter(plain, {"momentum", "ema_momentum"}) == 20
    assert bytes_a_parameter({**plain, "ema_momentum": 0.9}) == 16
    for active in ((), ("momentum",), ("momentum", "ema_momentum", "dropout")):
        assert bytes_a_parameter(as_held(plain, active)) == bytes_a_parameter(plain, active)


def test_a_frozen_weight_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 1000 * 4 + 10 * 20)
    memory.check_memory(1010, 20, frozen=1000)
    with pytest.raises(TrialError, match="1,010 parameters, of which 999 are frozen, need about"):
        memory.check_memory(1010, 20, frozen=999)


def test_branches_are_followed_by_the_names_of_layers() -> None:
    layers = [
        Layer("Conv2D", "a", (8, 1), {"padding": "same"}),
        Layer("DepthwiseConv2D", "b", (3,), {"padding": "same", "strides": 2, "use_bias": False}),
        Layer("GroupNormalization", "c", (4,)),
        Layer("MaxPooling2D", "d", (3,), {"strides": 2, "padding": "same"}, takes=("a",)),
        Layer("Add", "e", takes=("c", "d")),
        Layer("GlobalAveragePooling2D", "f", options={"keepdims": True}),
        Layer("Dense", "g", (8,)),
        Layer("Multiply", "h", takes=("e", "g")),
        Layer("mean", "i", options={"axis": -1, "keepdims": True}),
        Layer("max", "j", options={"axis": -1, "keepdims": True}, takes=("h",)),
        Layer("Concatenate", "k", takes=("i", "j", "h")),
        Layer("Concatenate", "l", options={"axis": 1}, takes=("k", "k")),
    ]
    found = [(step.before, step.after, step.weights, step.macs) for step in steps(layers, (5, 6, 3))]
    assert found == [
        ((5, 6, 3), (5, 6, 8), 32, 24 * 30),
        ((5, 6, 8), (3, 3, 8), 72, 72 * 9),
        ((3, 3, 8), (3, 3, 8), 16, 0),
        ((5, 6, 8), (3, 3, 8), 0, 0),
        ((3, 3, 8), (3, 3, 8), 0, 0),
        ((3, 3, 8), (1, 1, 8), 0, 0),
        ((1, 1, 8), (1, 1, 8), 72, 64),
        ((3, 3, 8), (3, 3, 8), 0, 0),
        ((3, 3, 8), (3, 3, 1), 0, 0),
        ((3, 3, 8), (3, 3, 1), 0, 0),
        ((3, 3, 1), (3, 3, 10), 0, 0),
        ((3, 3, 10), (6, 3, 10), 0, 0),
    ]


def test_attention_keeps_the_scores_of_each_pair_of_places() -> None:
    (step,) = steps([Layer("MultiHeadAttention", "a", (2, 3))], (2, 4, 5))
    assert (step.after, step.weights) == ((2, 4, 5), 3 * (5 * 6 + 6) + 6 * 5 + 5)
    assert step.macs == 8 * 4 * 5 * 6 + 2 * 8 * 8 * 6
    assert step.within == 4 * 8 * 6 + 2 * 2 * 8 * 8
