"""What is laid over a picture to see its mask: small transparent pictures, and the colours of classes."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from cnnsearch.tasks.segmentation.masks import VOID, nearest

__all__ = ["colour_of", "layers_of"]

_LARGEST_SIDE = 128
"""Pixels of a layer."""

_WRONG, _UNKNOWN = (214, 39, 40), (127, 127, 127)
"""Of pixels that are told wrongly, and of void."""

_COLOURS = (
    *((31, 119, 180), (255, 127, 14), (44, 160, 44), (148, 103, 189), (140, 86, 75), (227, 119, 194)),
    *((188, 189, 34), (23, 190, 207), (255, 187, 120), (152, 223, 138), (197, 176, 213), (255, 152, 150)),
)
"""Of classes, from the second one on; after the last the first comes again."""


def colour_of(index: int) -> tuple[int, int, int] | None:
    """Of a class; ``None`` of the first one, mostly the background, which is left clear."""
    return None if index == 0 else _COLOURS[(index - 1) % len(_COLOURS)]


def layers_of(true: np.ndarray, told: np.ndarray) -> dict[str, str]:
    """``true_layer``, ``told_layer`` and ``wrong_layer``: each a PNG file of at most 128 pixels a side, in base64.

    Args:
        true, told: masks, ``(height, width)`` uint8.
    """
    factor = _LARGEST_SIDE / max(*true.shape, _LARGEST_SIDE)
    size = tuple(max(1, round(side * factor)) for side in true.shape)
    true, told = (nearest(mask, size) for mask in (true, told))
    wrong = np.where(true == VOID, VOID, (true != told).astype(np.uint8))
    of_classes = {index: colour for index in range(VOID) if (colour := colour_of(index)) is not None}
    return {
        "true_layer": _png(true, of_classes),
        "told_layer": _png(told, of_classes),
        "wrong_layer": _png(wrong, {1: _WRONG}),
    }


def _png(indices: np.ndarray, colours: dict[int, tuple[int, int, int]]) -> str:
    """With a palette in which all but the colours, and void, is clear."""
    image = Image.fromarray(indices)
    image.putpalette([level for index in range(VOID + 1) for level in _of(index, colours)], "RGB")
    stream = io.BytesIO()
    clear = bytes(255 if index in colours or index == VOID else 0 for index in range(VOID + 1))
    image.save(stream, "png", transparency=clear, optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def _of(index: int, colours: dict[int, tuple[int, int, int]]) -> tuple[int, int, int]:
    return _UNKNOWN if index == VOID else colours.get(index, (0, 0, 0))
