"""A config as a compiled model of plain Keras: the network of its family, Keras's own optimizers and random layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.baselines.splits import Splits

if TYPE_CHECKING:
    import keras

__all__ = ["accuracy", "compiled"]

_RANDOM = {
    "random_flip": "RandomFlip",
    "random_rotation": "RandomRotation",
    "random_translation": "RandomTranslation",
    "random_zoom": "RandomZoom",
}
_FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}
_PLAIN: dict[str, Any] = {
    "label_smoothing": 0.0,
    "class_weights": "none",
    "random_crop": 0.0,
    "random_shear": 0.0,
    "random_brightness": 0.0,
    "random_contrast": 0.0,
}
"""Parameters that the files leave as they are, so that nothing here need know them."""


def compiled(config: Mapping[str, Any], splits: Splits, model: str, epochs: int, seed: int) -> keras.Model:
    """A new model on freshly seeded weights.

    Args:
        config: every parameter with its value.
        splits: what it will be trained on.
        model: name of the family.
        epochs: of its schedule.
        seed: of weights and random layers.

    Raises:
        ValueError: the config asks for something that is not known here.
    """
    odd = {name: config[name] for name, plain in _PLAIN.items() if config[name] != plain}
    if odd:
        raise ValueError(f"plain Keras is not told how to train with {odd}")
    import keras

    keras.utils.set_random_seed(seed)
    network = _network(config, splits, model)
    pictures = keras.Input(network.input_shape[1:])
    found = keras.Model(pictures, network(_augmented(pictures, config)))
    found.compile(
        optimizer=_optimizer(config, -(-len(splits.train[0]) // config["batch_size"]) * epochs),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return found


def accuracy(model: keras.Model, split: tuple[np.ndarray, np.ndarray]) -> float:
    """Share of the pictures whose largest logit is that of their label."""
    return float(np.mean(np.argmax(model.predict(split[0], verbose=0), axis=1) == split[1]))


def _network(config: Mapping[str, Any], splits: Splits, model: str) -> keras.Model:
    from cnnsearch.families import find_family

    pictures = splits.train[0]
    scale, offset = np.full(pictures.shape[3], 1 / splits.largest, np.float32), np.zeros(pictures.shape[3], np.float32)
    if config["scaling"] == "standardize":
        spread = pictures.std(axis=(0, 1, 2), dtype="float64")
        scale = (1 / np.where(spread == 0, 1, spread)).astype(np.float32)
        offset = (-pictures.mean(axis=(0, 1, 2), dtype="float64") * scale).astype(np.float32)
    return find_family(model).build(config, pictures.shape[1:], splits.classes, scale.tolist(), offset.tolist())


def _augmented(pictures: Any, config: Mapping[str, Any]) -> Any:
    import keras

    for name, layer in _RANDOM.items():
        amount = config[name]
        if amount in {0.0, "none"}:
            continue
        if name == "random_flip":
            pictures = keras.layers.RandomFlip(_FLIPS[amount])(pictures)
        else:
            amounts = (amount, amount) if name == "random_translation" else (amount,)
            pictures = getattr(keras.layers, layer)(*amounts, fill_mode=config["fill_mode"])(pictures)
    return pictures


def _optimizer(config: Mapping[str, Any], steps: int) -> keras.optimizers.Optimizer:
    import keras

    rate: Any = config["learning_rate"]
    if config["learning_rate_schedule"] == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    elif config["learning_rate_schedule"] != "constant":
        raise ValueError(f"plain Keras is not told the schedule {config['learning_rate_schedule']!r}")
    options: dict[str, Any] = {"weight_decay": config["weight_decay"] or None}
    if config["optimizer"] == "sgd":
        options["momentum"] = config["momentum"]
    elif config["optimizer"] != "adam":
        raise ValueError(f"plain Keras is not told the optimizer {config['optimizer']!r}")
    kind = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[config["optimizer"]]
    return kind(rate, **options)
