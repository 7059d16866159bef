"""Networks out of files as backbones: what is kept of them is features, and no scores of their own classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from keras import layers

from cnnsearch.errors import TrialError
from cnnsearch.families import find_family
from cnnsearch.families.transfer.backbones import load_backbone
from cnnsearch.families.transfer.saved import saved_network

SHAPE = (6, 6, 2)
FAMILY = find_family("transfer")
FEATURES = layers.Conv2D, {"filters": 4, "kernel_size": 3, "activation": "relu", "name": "features"}


def network(*last: Any) -> keras.Model:
    kind, options = FEATURES
    return keras.Sequential([keras.Input(SHAPE), kind(**options), *last])


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (lambda: [layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")], "features"),
        (lambda: [layers.Conv2D(3, 1, activation="softmax"), layers.GlobalAveragePooling2D()], "features"),
        (lambda: [layers.Conv2D(3, 1), layers.GlobalAveragePooling2D(), layers.Activation("softmax")], "features"),
        (
            lambda: [
                *(layers.GlobalAveragePooling2D(keepdims=True, name="pooled"), layers.Conv2D(3, 1)),
                *(layers.Reshape((3,)), layers.Softmax()),
            ],
            "pooled",
        ),
        (lambda: [layers.Conv2D(1, 4, activation="sigmoid"), layers.Flatten()], "features"),
        (lambda: [layers.GlobalAveragePooling2D()], "features"),
        (lambda: [layers.Conv2D(5, 1, activation="relu", name="more"), layers.GlobalAveragePooling2D()], "more"),
    ],
)
def test_the_last_feature_map(tmp_path: Path, last: Callable[[], list[Any]], kept: str) -> None:
    tiny.save(network(*last()), tmp_path / "network.keras")
    found = saved_network(str(tmp_path / "network.keras"), SHAPE)
    assert found.layers[-1].name == kept


def test_a_network_of_nothing_but_scores(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(3, 6, activation="softmax"), layers.Flatten()])
    tiny.save(model, tmp_path / "network.keras")
    with pytest.raises(TrialError, match="has no feature map"):
        saved_network(str(tmp_path / "network.keras"), SHAPE)


@pytest.fixture(scope="module")
def attentive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose last features are tokens, and which drops scores of attention in training."""
    pictures = keras.Input(SHAPE)
    x = layers.Reshape((9, 8), name="tokens")(layers.Conv2D(8, 2, strides=2, name="patches")(pictures))
    for block in (1, 2):
        normal = layers.LayerNormalization(name=f"block{block}_normalization")(x)
        attended = layers.MultiHeadAttention(2, 4, dropout=0.4, name=f"block{block}_attention")(normal, normal)
        x = layers.Add(name=f"block{block}")([x, layers.Dropout(0.4, name=f"block{block}_dropout")(attended)])
    logits = layers.Dense(3, name="logits")(layers.GlobalAveragePooling1D(name="pooled")(x))
    path = tmp_path_factory.mktemp("attentive") / "network.keras"
    tiny.save(keras.Model(pictures, logits), path)
    return path


def test_tokens_are_a_map_of_one_row(attentive: Path) -> None:
    backbone = load_backbone("saved", 1.0, str(attentive), SHAPE)
    assert backbone.model.output_shape == (None, 1, 9, 8)
    assert backbone.unfrozen("block2").layers == {
        *("block2_normalization", "block2_attention", "block2_dropout", "block2", "tokens_as_map")
    }
    config = FAMILY.spec.parameters.filled({"backbone": "saved", "weights": str(attentive), "pooling": "average"})
    built = FAMILY.build(config, SHAPE, 3, 1.0, 0.0)
    assert built.count_params() == FAMILY.count(config, SHAPE, 3) == keras.models.load_model(attentive).count_params()


def test_attention_that_is_frozen_drops_nothing(attentive: Path) -> None:
    x = np.random.default_rng(0).random((4, *SHAPE), np.float32)
    backbone = load_backbone("saved", 1.0, str(attentive), SHAPE)
    expected = np.asarray(backbone.model([x], training=False))
    pictures = keras.Input(SHAPE)
    frozen = keras.Model(pictures, backbone.grow(None, [pictures], frozenset(), True)[0])
    np.testing.assert_allclose(np.asarray(frozen(x, training=True)), expected, atol=1e-5)
    trained = backbone.unfrozen("block2").layers
    tuned = keras.Model(pictures, backbone.grow(None, [pictures], trained, True)[0])
    np.testing.assert_allclose(np.asarray(tuned(x, training=False)), expected, atol=1e-5)
    assert np.abs(np.asarray(tuned(x, training=True)) - expected).max() > 0.01


def test_a_trial_on_attention_with_features_and_without(attentive: Path) -> None:
    space = {"backbone": "saved", "weights": str(attentive), "unfrozen_layers": 0}
    kept, whole = (
        tiny.trained(tiny.experiment(space, "transfer", features={"cache": cache})) for cache in (True, False)
    )
    np.testing.assert_allclose(kept.epochs, whole.epochs, atol=1e-4)
