"""How the graph of augmentation runs in a test, and what it draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from cnnsearch.inputs.pictures.augmentation import augmentation, finish, mixing, rand_augment

DRAWN = (augmentation, finish, mixing, rand_augment)


@pytest.fixture
def eagerly() -> Iterator[None]:
    """Runs without compiling, which takes a second a picture size: for what is equal within a tolerance.

    Not for draws: compiled ones come from another generator.
    """
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Decides every draw of the test: those that it names, and 0.5, the middle, for the others.

    A list holds the draw of each picture.
    """
    import tensorflow as tf

    def decide(**draws: float | list[float]) -> None:
        assert set(draws) <= {name for module in DRAWN for name in module._DRAWS}

        def uniform(names: Any, count: tf.Tensor, _: tf.Tensor) -> dict[str, tf.Tensor]:
            columns = {name: np.reshape(draws.get(name, 0.5), (-1, 1)).astype(np.float32) for name in names}
            return {name: tf.broadcast_to(column, (count, 1)) for name, column in columns.items()}

        for module in DRAWN:
            monkeypatch.setattr(module, "uniform", uniform)

    return decide
