"""The colours in which classes are drawn over pictures."""

from __future__ import annotations

__all__ = ["CLASS_COLOURS", "as_css"]

CLASS_COLOURS = (
    *((31, 119, 180), (255, 127, 14), (44, 160, 44), (148, 103, 189), (140, 86, 75), (227, 119, 194)),
    *((188, 189, 34), (23, 190, 207), (255, 187, 120), (152, 223, 138), (197, 176, 213), (255, 152, 150)),
)
"""Red, green and blue of each; after the last the first comes again."""


def as_css(colour: tuple[int, int, int]) -> str:
    """Such as ``#1f77b4``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
