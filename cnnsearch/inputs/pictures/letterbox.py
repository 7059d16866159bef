"""Where pictures lie in what a network takes: stretched to all of it, or as large as fits, with black at two sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Frames", "Resizing", "frames"]

Resizing = Literal["letterbox", "stretch"]
"""``letterbox``: the ratio of the sides is kept, and what is left over is 0; ``stretch``: it is not, and nothing is."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Of pictures that are brought to one size.

    Attributes:
        sizes: ``(n, 2)``, height and width of each picture as it lies.
        inner: ``(n, 2)``, whole pixels of the network that each one covers.
        corners: ``(n, 2)``, row and column where each one begins there.
    """

    sizes: np.ndarray
    inner: np.ndarray
    corners: np.ndarray

    @property
    def factors(self) -> np.ndarray:
        """``(n, 2)`` pixels of the network for one of the picture; the two differ a little, as sides are rounded."""
        return np.asarray(self.inner / self.sizes)

    def area(self, index: int) -> tuple[slice, slice]:
        """Rows and columns of the network in which one of them lies."""
        (top, left), (height, width) = self.corners[index].tolist(), self.inner[index].tolist()
        return slice(top, top + height), slice(left, left + width)

    def blanked(self, x: np.ndarray) -> np.ndarray:
        """Pictures ``(n, height, width, channels)``, with 0 wherever these do not lie."""
        if (self.inner == x.shape[1:3]).all():
            return x
        found = np.zeros_like(x)
        for index in range(len(x)):
            found[index][self.area(index)] = x[index][self.area(index)]
        return found

    def to_network(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes ``(n, ..., 4)`` of the pictures, left, top, right and bottom, in pixels of the network."""
        factors, corners = self._by_side(boxes)
        return np.asarray(boxes * factors + corners)

    def to_pictures(self, boxes: np.ndarray) -> np.ndarray:
        """The inverse of :meth:`to_network`."""
        factors, corners = self._by_side(boxes)
        return np.asarray((boxes - corners) / factors)

    def _by_side(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = (len(boxes), *(1,) * (boxes.ndim - 2), 4)
        factors, corners = (np.tile(each[:, ::-1], 2).reshape(shape) for each in (self.factors, self.corners))
        return factors, corners


def frames(sizes: np.ndarray, size: tuple[int, int], resizing: Resizing) -> Frames:
    """Of pictures of ``sizes``, ``(n, 2)``, that are brought to ``size``; height, then width.

    A letterboxed picture lies in the middle, a row or column higher or further left where that is odd; each side has a
    pixel at least.
    """
    sizes = np.asarray(sizes, np.int64).reshape(-1, 2)
    whole = np.broadcast_to(np.array(size, np.int64), sizes.shape)
    if resizing == "stretch":
        return Frames(sizes, whole, np.zeros_like(whole))
    factors = (whole / sizes).min(axis=1, keepdims=True)
    inner = np.clip(np.floor(sizes * factors + 0.5).astype(np.int64), 1, whole)
    return Frames(sizes, inner, (whole - inner) // 2)
