"""Positions of tokens that nothing learns: sines and cosines of row and column."""

from __future__ import annotations

import numpy as np

__all__ = ["sine_positions"]


def sine_positions(rows: int, columns: int, width: int, first: int) -> list[list[float]]:
    """What is added to the tokens of a picture, ``(first + rows * columns, width)`` (Beyer et al. 2022, section 2).

    Args:
        rows, columns: of tokens.
        width: numbers a token, a multiple of 4: sines and cosines of the column, then of the row.
        first: tokens before those of the picture, which stand nowhere: their numbers are 0.
    """
    rates = 10000.0 ** -(np.arange(width // 4) / (width // 4))
    row, column = (np.outer(places.ravel(), rates) for places in np.mgrid[:rows, :columns])
    table = np.concatenate([np.sin(column), np.cos(column), np.sin(row), np.cos(row)], axis=1)
    rounded: list[list[float]] = np.round(np.pad(table, ((first, 0), (0, 0))), 4).tolist()
    return rounded
