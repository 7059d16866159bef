"""Positions of tokens that nothing learns."""

from __future__ import annotations

import numpy as np

__all__ = ["sine_positions"]


def sine_positions(places: int, width: int, first: int) -> list[list[float]]:
    """What is added to the tokens of a text, ``(places, width)`` (Vaswani et al. 2017, section 3.5).

    Args:
        places: tokens, with those of ``first``.
        width: numbers a token, an even one: sines, then cosines.
        first: tokens before those of the text, which stand nowhere: their numbers are 0.
    """
    rates = 10000.0 ** -(np.arange(width // 2) / (width // 2))
    angles = np.outer(np.arange(places - first), rates)
    table = np.pad(np.concatenate([np.sin(angles), np.cos(angles)], axis=1), ((first, 0), (0, 0)))
    rounded: list[list[float]] = np.round(table, 4).tolist()
    return rounded
