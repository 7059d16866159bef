"""Where a graph may be split; on graphs that are small enough to tell by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnsearch.networks.cuts import Cut, chosen_cut, find_cuts
from cnnsearch.networks.keras_private import nodes_of


def convolution(x: Any, filters: int, name: str) -> Any:
    return layers.Conv2D(filters, 3, padding="same", name=name)(x)


def names(model: keras.Model) -> list[list[str]]:
    """The operations that give the tensors of each cut."""
    nodes = nodes_of(model)
    return [[nodes[number].operation.name for number in cut.nodes] for cut in find_cuts(model)]


def test_a_chain_may_be_split_behind_every_operation_that_costs_something() -> None:
    x = inputs = keras.Input((4, 4, 3))
    for number in (1, 2, 3):
        x = convolution(x, 3, f"conv{number}")
    model = keras.Model(inputs, x)
    assert names(model) == [["conv1"], ["conv2"], ["conv3"]]
    cuts = find_cuts(model)
    assert [cut.share for cut in cuts] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert [cut.position for cut in cuts] == [2, 3, 4]
    assert {cut.shapes for cut in cuts} == {((4, 4, 3),)}
    assert cuts[0].size == 48


def test_an_addition_that_is_no_layer_is_seen() -> None:
    inputs = keras.Input((4, 4, 3))
    start = convolution(inputs, 3, "stem")
    added = convolution(convolution(start, 3, "first"), 3, "second") + start
    model = keras.Model(inputs, convolution(added, 3, "top"))
    assert len(model.layers) == 5
    assert not any("first" in name and len(name) == 1 for name in names(model)), "the shortcut goes around it"
    assert ["first", "stem"] in [sorted(each) for each in names(model)], "both tensors are a cut"
    (addition,) = (name for each in names(model) for name in each if "add" in name)
    assert [addition] in names(model)
    assert names(model)[-1] == ["top"]


def test_three_tensors_are_too_many() -> None:
    inputs = keras.Input((4, 4, 3))
    branches = [convolution(inputs, 3, f"branch{number}") for number in range(3)]
    model = keras.Model(inputs, convolution(layers.Concatenate(name="joined")(branches), 2, "top"))
    assert all(len(each) <= 2 for each in names(model))
    assert ["joined"] in names(model)


def test_of_cuts_close_together_the_smallest_is_listed() -> None:
    x = inputs = keras.Input((16, 16, 3))
    for number in range(60):
        x = convolution(x, 4 if number % 3 == 2 else 8, f"conv{number}")
    model = keras.Model(inputs, x)
    found = find_cuts(model)
    assert 10 <= len(found) <= 21
    assert [cut.size for cut in found[:-1]] == [16 * 16 * 4] * (len(found) - 1)


def test_both_parts_are_the_whole() -> None:
    inputs = keras.Input((4, 4, 3))
    start = convolution(inputs, 3, "stem")
    model = keras.Model(inputs, convolution(convolution(start, 3, "first"), 3, "second") + start)
    nodes = nodes_of(model)
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype(np.float32)
    expected = model(x)
    for cut in find_cuts(model)[:-1]:
        tensors = [nodes[number].outputs[0] for number in cut.nodes]
        between = tf.nest.flatten(keras.Model(model.inputs, tensors)([x]))
        (found,) = tf.nest.flatten(keras.Model(tensors, model.outputs)(between))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def cut(position: int, size: int, share: float, is_pooled: bool = False) -> Cut:
    return Cut((position,), ((size,),), position, share, is_pooled)


CUTS = [cut(2, 100, 0.2), cut(5, 40, 0.5), cut(8, 80, 0.99), cut(9, 90, 1.0), cut(9, 10, 1.0, True)]


class TestChoice:
    def test_the_deepest_cut_before_what_is_trained(self) -> None:
        assert [chosen_cut(CUTS, position, 1, 1e9, 4) for position in (2, 4, 5, 7)] == [
            CUTS[0],
            CUTS[0],
            *[CUTS[1]] * 2,
        ]

    def test_a_smaller_one_close_by(self) -> None:
        assert chosen_cut(CUTS[:4], 9, 1, 1e9, 4) == CUTS[2]
        assert chosen_cut(CUTS, 9, 1, 1e9, 4) == CUTS[4]

    def test_what_does_not_fit_into_the_budget_is_no_choice(self) -> None:
        assert chosen_cut(CUTS[:4], 9, 10, 10 * 40 * 4, 4) == CUTS[1]
        assert chosen_cut(CUTS[:4], 9, 10, 10 * 40 * 4, 2) == CUTS[2]
        assert chosen_cut(CUTS[:4], 9, 10, 10 * 40 * 4 - 1, 4) is None

    def test_nothing_before_the_first_layer(self) -> None:
        assert chosen_cut(CUTS, 1, 1, 1e9, 4) is None
        assert chosen_cut([], 9, 1, 1e9, 4) is None
