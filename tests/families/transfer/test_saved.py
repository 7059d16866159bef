"""Networks out of files as backbones: what is kept of them is features, and no scores of their own classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
import tiny
from keras import layers

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer.saved import saved_network

SHAPE = (6, 6, 2)
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
