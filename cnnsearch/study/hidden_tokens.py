"""What hiding tokens takes from the answers about the worst texts, as it is kept beside the predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MOST", "HiddenTokens"]

MOST = 16
"""Worst mistakes that are looked at."""

_TEXTS, _LOSSES = "hidden_texts", "hidden_losses"


@dataclass(frozen=True, eq=False)
class HiddenTokens:
    """Of some texts.

    Attributes:
        texts: ``(m,)`` their places among the predictions.
        losses: ``(m, length)``, what hiding each token takes from the probability of the class that is told.
    """

    texts: np.ndarray
    losses: np.ndarray

    NAMES = frozenset({_TEXTS, _LOSSES})

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """By the names under which they are kept."""
        return {_TEXTS: self.texts, _LOSSES: self.losses}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> HiddenTokens | None:
        """Of arrays that were kept; ``None``: they are not among them.

        Raises:
            ValueError: they are something else.
        """
        if not arrays.keys() >= cls.NAMES:
            return None
        texts, losses = arrays[_TEXTS], arrays[_LOSSES]
        if texts.ndim != 1 or losses.ndim != 2 or len(texts) != len(losses) or texts.dtype.kind not in "iu":
            raise ValueError(f"holds hidden tokens of the shapes {texts.shape} and {losses.shape}")
        return cls(texts, losses)

    def of_text(self, place: int) -> list[float] | None:
        """Those of one text, by its place among the predictions."""
        found = (self.texts == place).nonzero()[0]
        losses: list[float] = self.losses[found[0]].tolist() if len(found) else []
        return losses or None
