"""The three splits of a set as every side is given them, and the recommended config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["Splits", "recommended"]


@dataclass(frozen=True, eq=False)
class Splits:
    """Pictures ``(n, height, width, channels)`` float32 at rest, and labels ``(n,)`` int32.

    Attributes:
        train, validation, test: pictures and labels of each.
        classes: their number.
        largest: value that a pixel can have.
    """

    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    classes: int
    largest: float

    @classmethod
    def of(cls, experiment: Experiment) -> Splits:
        """As a sweep of this experiment splits them."""
        from cnnsearch.cache.rows import in_memory
        from cnnsearch.data.stages import pixels, scaling, size_of, test_pictures
        from cnnsearch.sweep.data import load_data

        dataset, split = load_data(experiment)
        size = size_of(recommended(experiment))
        found = pixels(dataset, split, size)
        x_test, y_test = test_pictures(dataset, split, size)
        return cls(
            (in_memory(found.x_train).astype(np.float32), found.y_train),
            (in_memory(found.x_validation).astype(np.float32), found.y_validation),
            (in_memory(x_test).astype(np.float32), y_test),
            len(found.names),
            scaling(found, "unit").high,
        )

    def joined(self) -> tuple[np.ndarray, np.ndarray]:
        """Training and validation pictures together."""
        pictures, labels = zip(self.train, self.validation, strict=True)
        return np.concatenate(pictures), np.concatenate(labels)


def recommended(experiment: Experiment) -> Mapping[str, Any]:
    """The family's recommended config in the experiment's space, every parameter with its value."""
    from cnnsearch.experiment.configs.recommended import nearest_config

    return experiment.filled(nearest_config(experiment, {}))
