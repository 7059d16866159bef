"""Tiles of large pictures: parts of one size that overlap, so that every pixel is seen with what is around."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

__all__ = ["Tile", "cut", "tiles_of"]

Size = tuple[int, int]


@dataclass(frozen=True)
class Tile:
    """Where a tile lies in its picture.

    Attributes:
        picture: height and width of all of it.
        corner: its uppermost row and leftmost column.
        size: height and width; of a small picture it reaches beyond.
        core: first row and column, and first ones behind it, of what no other tile of the picture tells: each pixel of
            a picture is in one core. Around it is what the network sees beside (Ronneberger et al. 2015, figure 2).
    """

    picture: Size
    corner: Size
    size: Size
    core: tuple[int, int, int, int]

    @property
    def core_within(self) -> tuple[slice, slice]:
        """The core's place in the tile."""
        (row, column), (top, left, bottom, right) = self.corner, self.core
        return slice(top - row, bottom - row), slice(left - column, right - column)

    @property
    def core_in_picture(self) -> tuple[slice, slice]:
        """Its place in the picture."""
        top, left, bottom, right = self.core
        return slice(top, bottom), slice(left, right)


def tiles_of(picture: Size, size: Size, overlap: int) -> list[Tile]:
    """Row after row; as few as have that overlap or more.

    Args:
        picture: height and width.
        size: of each tile.
        overlap: pixels that two neighbours share, less than ``size``.
    """
    rows, columns = (_along(*sides, overlap) for sides in zip(picture, size, strict=True))
    return [
        Tile(picture, (row, column), size, (top, left, bottom, right))
        for row, top, bottom in rows
        for column, left, right in columns
    ]


def _along(length: int, side: int, overlap: int) -> list[tuple[int, int, int]]:
    """Of each tile where it begins, where its core begins, and where that ends: in the middle of what two share."""
    count = max(1, -(-(length - overlap) // (side - overlap)))
    starts = np.linspace(0, max(0, length - side), count).round().astype(int).tolist()
    middles = [(after + before + side) // 2 for before, after in itertools.pairwise(starts)]
    return list(zip(starts, [0, *middles], [*middles, length], strict=True))


def cut(picture: np.ndarray, tile: Tile) -> np.ndarray:
    """``(height, width, ...)`` of the tile; beyond the edge of the picture it is mirrored."""
    (row, column), (height, width) = tile.corner, tile.size
    found = picture[row : row + height, column : column + width]
    missing = ((0, height - found.shape[0]), (0, width - found.shape[1]))
    if not any(map(any, missing)):
        return found
    return np.pad(found, (*missing, *((0, 0),) * (found.ndim - 2)), "symmetric")
