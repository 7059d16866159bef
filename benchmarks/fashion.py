"""Fashion-MNIST with few pictures to train on, and Keras's whole test split, which tells small differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["TEST", "fashion_file"]

TEST = 10_000
"""Pictures of the test split."""


def fashion_file(count: int, folder: Path, seed: int | None = None) -> Path:
    """A ``.npz`` file of some training pictures and all test pictures; one that is there is taken.

    Args:
        count: of the training pictures.
        folder: where the file goes.
        seed: of their draw; ``None``: the first ones.
    """
    path = folder / f"fashion_mnist_{count}{'' if seed is None else f'_{seed}'}.npz"
    if not path.is_file():
        from keras import datasets

        (x_train, y_train), (x_test, y_test) = datasets.fashion_mnist.load_data()
        places = np.arange(count) if seed is None else np.random.default_rng(seed).permutation(len(x_train))[:count]
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, x_train=x_train[places], y_train=y_train[places], x_test=x_test[:TEST], y_test=y_test[:TEST])
    return path.resolve()
