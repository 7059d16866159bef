"""What a matrix of classes needs of the page."""

from __future__ import annotations

__all__ = ["MOST_NUMBERED", "matrix_width"]

MOST_NUMBERED = 30
"""With more classes, the cells have no room for numbers."""


def matrix_width(size: int) -> int:
    """Pixels below which the numbers of the cells run into each other."""
    return 80 + (26 * size if size <= MOST_NUMBERED else 4 * size)
