"""A network that is there, and is trained on."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from cnnsearch.training.network import Network


def test_a_copy_has_its_weights_and_trains_what_was_frozen() -> None:
    given = keras.Input((4, 4, 1))
    x = layers.BatchNormalization(trainable=False)(layers.Conv2D(2, 1, trainable=False)(given))
    model = keras.Model(given, layers.Dense(2)(layers.Flatten()(x)))
    network = Network(model)
    made = network.build()
    assert (len(model.trainable_weights), len(made.trainable_weights)) == (2, 6)
    assert network.parameters == 4 + 8 + 66
    for mine, its in zip(made.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    made.trainable_weights[0].assign(made.trainable_weights[0] + 1)
    assert not np.array_equal(made.get_weights()[0], model.get_weights()[0])


def test_batch_normalisation_remembers_no_more_than_is_said() -> None:
    x = layers.BatchNormalization(name="long")(given := keras.Input((3,)))
    made = keras.Model(given, layers.BatchNormalization(momentum=0.5, name="short")(x))
    for most, momenta in ((1.0, (0.99, 0.5)), (0.9, (0.9, 0.5)), (0.0, (0.0, 0.0))):
        built = Network(made, most).build()
        assert tuple(built.get_layer(name).momentum for name in ("long", "short")) == momenta
    assert made.get_layer("long").momentum == 0.99
