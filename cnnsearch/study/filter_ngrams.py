"""N-grams of texts at which filters are strongest, as they are kept beside the predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FilterNgrams"]

_PREFIX = "filter_"
_PARTS = ("widths", "shares", "classes", "ngrams", "texts")


@dataclass(frozen=True, eq=False)
class FilterNgrams:
    """Of the most used filters, the most used one first.

    Attributes:
        widths: ``(f,)``, tokens that each sees at once.
        shares: ``(f,)``, of what all filters have to do with the answers.
        classes: ``(f,)`` numbers of the classes for which each speaks most.
        ngrams: ``(f, k)`` texts of tokens, the strongest first, empty where there are fewer.
        texts: ``(f, k)``, in how many texts the filter is strongest at each of these.
    """

    widths: np.ndarray
    shares: np.ndarray
    classes: np.ndarray
    ngrams: np.ndarray
    texts: np.ndarray

    NAMES = frozenset(f"{_PREFIX}{part}" for part in _PARTS)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """By the names under which they are kept."""
        return {f"{_PREFIX}{part}": getattr(self, part) for part in _PARTS}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> FilterNgrams | None:
        """Of arrays that were kept; ``None``: they are not among them.

        Raises:
            ValueError: they are something else.
        """
        if not arrays.keys() >= cls.NAMES:
            return None
        found = cls(*(arrays[f"{_PREFIX}{part}"] for part in _PARTS))
        of_filters = found.widths, found.shares, found.classes
        shape = found.ngrams.shape
        kinds = "".join(array.dtype.kind for array in (*of_filters, found.ngrams, found.texts))
        alike = len(shape) == 2 and found.texts.shape == shape and all(each.shape == shape[:1] for each in of_filters)
        if not alike or kinds != "ifiUi":
            raise ValueError(f"holds n-grams of the shape {shape} of {len(found.widths)} filters")
        return found
