"""The model that every peer trains, and how: stock Keras, ``compile`` and ``fit``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.work import Arrays

if TYPE_CHECKING:
    import keras

__all__ = ["compiled_model", "fit", "use_threads"]

_PLAIN = {
    "optimizer": "adam",
    "learning_rate_schedule": "constant",
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "class_weights": "none",
}
"""Training parameters that the works leave as they are, so that ``compile`` need not know them."""


def use_threads(count: int) -> None:
    """Let TensorFlow use ``count`` threads; to be called before it is imported."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(count)


def compiled_model(config: Mapping[str, Any], arrays: Arrays, seed: int) -> keras.Model:
    """A new model of the config's family on freshly seeded weights, compiled for :func:`fit`.

    Raises:
        ValueError: the config asks for training that ``compile`` here does not know.
    """
    import keras

    from cnnsearch.families import find_family

    odd = {name: config[name] for name, plain in _PLAIN.items() if config[name] != plain}
    if odd:
        raise ValueError(f"the peers do not train with {odd}")
    keras.utils.set_random_seed(seed)
    family = "transfer" if "backbone" in config else "text_cnn" if arrays.tokens else "cnn"
    if arrays.tokens:  # a vector for each token that there is, and not for all that there might be
        config = {**config, "vocabulary_size": arrays.tokens}
    model = find_family(family).build(config, arrays.x_train.shape[1:], arrays.classes, arrays.scale, arrays.offset)
    model.compile(
        optimizer=keras.optimizers.Adam(config["learning_rate"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def fit(
    model: keras.Model, config: Mapping[str, Any], arrays: Arrays, epochs: int, callbacks: Sequence[Any] = ()
) -> float:
    """Train and validate after each epoch; returns the validation accuracy after the last one."""
    history = model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=config["batch_size"],
        epochs=epochs,
        validation_data=(arrays.x_validation, arrays.y_validation),
        callbacks=list(callbacks),
        verbose=0,
    )
    return float(history.history["val_accuracy"][-1])
