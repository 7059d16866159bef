"""Networks of which single weights are 0: which, when, and that they stay so."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cnnsearch.compression.sparse_training import BeforeEpoch, Masked, share_before, sparse
from cnnsearch.compression.spec import Pruning
from cnnsearch.errors import InputError

MOST = Pruning(0.75, epochs=4, structured=False)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A convolution that is called twice, one by depth, a separable and a dense one; what has no kernel stays."""
    keras.utils.set_random_seed(0)
    twice = layers.Conv2D(4, 3, padding="same", name="twice")
    x = twice(twice(layers.Conv2D(4, 3, name="first")(given := keras.Input((8, 8, 3)))))
    x = layers.BatchNormalization()(layers.DepthwiseConv2D(3, name="by_depth")(x))
    x = layers.GlobalAveragePooling2D()(layers.SeparableConv2D(5, 3, name="separable")(x))
    return keras.Model(given, layers.Dense(7, name="dense")(x))


def kernels(model: keras.Model) -> dict[str, np.ndarray]:
    named = {"twice": "kernel", "first": "kernel", "separable": "pointwise_kernel", "dense": "kernel"}
    return {name: np.asarray(getattr(model.get_layer(name), array)) for name, array in named.items()}


def drifting(model: keras.Model, before_epoch: BeforeEpoch) -> keras.Model:
    """As if trained: a copy whose weights change after each epoch, also those that are gone."""
    made = keras.models.clone_model(model)
    made.set_weights(model.get_weights())
    kept, x = [], np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype(np.float32)
    for epoch in range(MOST.epochs):
        kept.append(before_epoch(made, epoch))
        masked = [layer for layer in made.layers if isinstance(layer, Masked)]
        shares = [1 - float(np.mean(mask)) for layer in masked for _, mask in layer.kernels]
        assert shares == pytest.approx([share_before(epoch, MOST.epochs, 0.75)] * len(shares), abs=0.05)
        told = np.asarray(made(x))
        for layer in masked:
            for kernel, mask in layer.kernels:
                kernel.assign(kernel + 10.0 * (1 - mask))
        np.testing.assert_array_equal(made(x), told, "what is gone is not computed with")
        for layer in masked:
            for kernel, mask in layer.kernels:
                kernel.assign(kernel + 0.001 * mask)
    assert kept == [False, True, True, True], "an epoch in which more is there than is asked for does not count"
    return made


def test_the_least_weights_become_0_and_stay_so(network: keras.Model) -> None:
    before, biases = kernels(network), network.get_layer("by_depth").get_weights()
    found = sparse(network, MOST, drifting)
    assert found.weights_gone == pytest.approx(0.75, abs=0.01)
    assert [type(layer) for layer in found.model.layers] == [type(layer) for layer in network.layers]
    for name, kernel in kernels(found.model).items():
        gone = kernel == 0
        assert gone.sum() == int(0.75 * kernel.size), name
        assert np.abs(before[name][gone]).max() < np.abs(before[name][~gone]).min() + 0.01, name
        np.testing.assert_allclose(kernel[~gone], before[name][~gone] + 0.004, atol=1e-6)
    for array, other in zip(found.model.get_layer("by_depth").get_weights(), biases, strict=True):
        np.testing.assert_array_equal(array, other)
    for name, kernel in kernels(network).items():
        np.testing.assert_array_equal(kernel, before[name], "the network stays as it is")


@pytest.mark.parametrize(("epochs", "full"), [(1, 0), (2, 0), (3, 1), (10, 4)])
def test_weights_go_in_the_first_half_of_the_epochs(epochs: int, full: int) -> None:
    shares = [share_before(epoch, epochs, 0.8) for epoch in range(epochs)]
    assert shares == sorted(shares)
    assert shares.index(0.8) == full
    assert shares[0] > 0.3, "many at first"


@pytest.mark.parametrize(
    ("stack", "sparsity", "rule"),
    [
        ([layers.Flatten()], 0.5, "no layer of this network has weights to spare"),
        ([layers.Flatten(), layers.Dense(1)], 0.01, "is a whole weight of no layer: the most that one has are 4"),
    ],
)
def test_where_nothing_can_go(stack: list[Any], sparsity: float, rule: str) -> None:
    model = keras.Sequential([keras.Input((2, 2, 1)), *stack])
    functional = keras.Model(model.inputs[0], model.outputs[0])
    with pytest.raises(InputError, match=rule):
        sparse(functional, Pruning(sparsity, structured=False), lambda *_: pytest.fail("nothing is trained"))
