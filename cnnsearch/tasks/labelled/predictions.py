"""What views ask of predictions of one label a picture, whichever task gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from cnnsearch.tasks.labelled.confusions import Confusions

__all__ = ["Claims", "Labelled"]


@dataclass(frozen=True, eq=False)
class Claims:
    """What a model claims of each picture, how probable that is to it, and whether it is so.

    Attributes:
        probabilities: ``(n,)`` float64.
        true: ``(n,)`` 0 or 1, float64.
        brier: mean squared distance of probabilities and truth, 0 being best (Brier 1950).
        about: number of the class that all claims are about; ``None``: each is about the class that was decided.
    """

    probabilities: np.ndarray
    true: np.ndarray
    brier: float
    about: int | None = None


class Labelled(Protocol):
    """Predictions of one label a picture."""

    def __len__(self) -> int: ...

    def is_alike(self, other: Any) -> bool:
        """See :class:`cnnsearch.tasks.contract.predictions.Predictions`."""

    @property
    def labels(self) -> np.ndarray:
        """Number of the class of each picture, ``(n,)``."""

    @property
    def decided(self) -> np.ndarray:
        """Number of the class that was decided, ``(n,)``."""

    @property
    def right(self) -> np.ndarray:
        """Which pictures are recognised, ``(n,)`` booleans."""

    @property
    def confusions(self) -> Confusions:
        """Pictures by true and decided class."""

    @property
    def claims(self) -> Claims:
        """With their probabilities."""

    @property
    def threshold(self) -> float | None:
        """Probability of the second of two classes from which it is decided; ``None``: the most probable class is."""
