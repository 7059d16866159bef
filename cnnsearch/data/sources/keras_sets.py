"""The data sets of ``keras.datasets``: the one place of this package that imports Keras."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.spec import KerasSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import ArrayPictures, Size
from cnnsearch.keras_settings import set_keras
from cnnsearch.silence import silence
from cnnsearch.together import Together

__all__ = ["CACHED", "CLASSES", "load_keras_set"]

_GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_TORONTO = "https://www.cs.toronto.edu/~kriz/"

CACHED: dict[str, dict[str, str]] = {
    "mnist": {"mnist.npz": _GOOGLE + "mnist.npz"},
    "fashion_mnist": {
        f"fashion-mnist/{name}": _GOOGLE + name
        for name in (
            "train-labels-idx1-ubyte.gz",
            "train-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
        )
    },
    "cifar10": {"cifar-10-batches-py-target_archive": _TORONTO + "cifar-10-python.tar.gz"},
    "cifar100": {"cifar-100-python-target_archive": _TORONTO + "cifar-100-python.tar.gz"},
}
"""Data set -> file in Keras's cache, below ``datasets`` -> where Keras downloads it from."""

_CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm
"""

CLASSES: dict[str, tuple[str, ...]] = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "cifar100": tuple(_CIFAR100.split()),
}
"""Data set -> its classes, in the order of its published label numbers."""


_together = Together()


def load_keras_set(
    source: KerasSource,
    image_size: Size | None,  # noqa: ARG001 - a Loader
    seed: int,  # noqa: ARG001
    read: Read,
) -> Collected:
    """A data set with its own test split, by Keras's loader and cache; its progress goes to standard error.

    Raises:
        InputError: it is not in the cache and cannot be downloaded.
    """
    with _together.used(lambda: contextlib.redirect_stdout(sys.stderr)):
        with silence():
            set_keras()  # its loaders turn the pictures round where image_data_format says so
            from keras import datasets

        try:
            (x_train, y_train), (x_test, y_test) = getattr(datasets, source.source).load_data()
        except Exception as error:  # noqa: BLE001 - Keras raises a bare Exception where a download fails
            raise InputError(Problem("dataset.source", _how_to_get(source.source, error), source.source)) from None
    parts = [np.ravel(y_train), np.ravel(y_test)]
    return _collected(source.source, np.concatenate([x_train, x_test]), parts, read)


def _collected(name: str, x: np.ndarray, parts: list[np.ndarray], read: Read) -> Collected:
    names = np.array(CLASSES[name], dtype=np.str_)[np.concatenate(parts)]
    given = np.repeat(["train", "test"], [len(part) for part in parts])
    labels = RawLabels(((name, names),), known=CLASSES[name])
    return Collected.of(ArrayPictures(x if x.ndim == 4 else x[..., np.newaxis]), labels, read, given)


def _how_to_get(name: str, error: Any) -> str:
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras")
    files = ", ".join(f"{home / 'datasets' / file} (from {url})" for file, url in CACHED[name].items())
    cause = " ".join(str(error).split())[:200]
    return f"cannot be loaded, as without a network: {cause}. Put in place what Keras would download: {files}"
