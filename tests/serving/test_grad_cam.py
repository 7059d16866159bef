"""Where a network looked, on networks whose answer is known to come from one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.serving.grad_cam import GradCam


@pytest.fixture(scope="module")
def layers() -> Any:
    import keras

    return keras.layers


def model_of(*stack: Any, dtype: str = "float32") -> Any:
    import keras

    return keras.Sequential([keras.Input((8, 8, 1), dtype=dtype), *stack])


def spot() -> np.ndarray:
    """Bright in the upper left."""
    picture = np.zeros((1, 8, 8, 1), np.uint8)
    picture[0, :4, :4] = 200
    return picture


@pytest.mark.parametrize("ends", ["softmax", "dense with softmax", "none"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_it_looked_where_the_answer_comes_from(ends: str, dtype: str, layers: Any) -> None:
    """Output 0 is the brightness, and output 1 its opposite; the layers are frozen, as those of a backbone."""
    convolution = layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones")
    dense = layers.Dense(2, activation="softmax" if ends == "dense with softmax" else None)
    last = [layers.Softmax()] if ends == "softmax" else []
    pooled = [layers.AveragePooling2D(2), layers.GlobalAveragePooling2D()]
    model = model_of(layers.Rescaling(1 / 255), convolution, *pooled, dense, *last, dtype=dtype)
    dense.set_weights([np.float32([[1.0, -1.0]]), np.zeros(2)])
    model.trainable = False
    cam = GradCam.of(model)
    assert cam is not None
    expected = np.zeros((4, 4))
    expected[:2, :2] = 1.0
    np.testing.assert_allclose(cam.heat(spot(), 0), expected, atol=1e-6)
    assert not cam.heat(spot(), 1).any(), "nothing spoke for the other one"
    np.testing.assert_allclose(cam.heat(spot(), 1, sign=-1), expected, atol=1e-6)


def test_a_backbone_within_the_model_is_one_map(layers: Any) -> None:
    inner = model_of(layers.Conv2D(3, 3, activation="relu"))
    cam = GradCam.of(model_of(inner, layers.GlobalMaxPooling2D(), layers.Dense(2)))
    assert cam is not None
    assert cam.heat(spot(), 0).shape == (6, 6)


def test_networks_without_a_last_map_have_none(layers: Any) -> None:
    import keras

    flat = model_of(layers.Flatten(), layers.Dense(2))
    tokens = [layers.Conv2D(4, 2, strides=2), layers.Reshape((16, 4)), layers.Dense(4)]
    of_tokens = model_of(*tokens, layers.GlobalAveragePooling1D(), layers.Dense(2))
    masks = model_of(layers.Conv2D(2, 3, padding="same"), layers.Softmax())
    given = keras.Input((8, 8, 1))
    members = [model_of(layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)) for _ in range(2)]
    ensemble = keras.Model(given, layers.Average()([each(given) for each in members]))
    first = layers.Conv2D(2, 3)(given)
    second = layers.Conv2D(2, 3)(first)
    ways = [layers.GlobalMaxPooling2D()(each) for each in (first, second)]
    around = keras.Model(given, layers.Dense(2)(layers.Concatenate()(ways)))
    assert [GradCam.of(each) for each in (flat, of_tokens, masks, ensemble, around)] == [None] * 5
