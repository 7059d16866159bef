"""What is laid over a picture to see its mask: small transparent pictures, and the colours of classes."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from cnnsearch.tasks.class_colours import CLASS_COLOURS, as_css
from cnnsearch.tasks.contract.overlays import Overlay
from cnnsearch.tasks.segmentation.masks import VOID, nearest

__all__ = ["colour_of", "layers_of", "make"]

_LARGEST_SIDE = 128
"""Pixels of a layer."""

_OPACITY = 150
"""Of 255, of a mask that is laid over its picture in a preview."""

_WRONG, _UNKNOWN = (214, 39, 40), (127, 127, 127)
"""Of pixels that are told wrongly, and of void."""


def colour_of(index: int) -> tuple[int, int, int] | None:
    """Of a class; ``None`` of the first one, mostly the background, which is left clear."""
    return None if index == 0 else CLASS_COLOURS[(index - 1) % len(CLASS_COLOURS)]


def layers_of(true: np.ndarray, told: np.ndarray) -> dict[str, str]:
    """``true_layer``, ``told_layer`` and ``wrong_layer``: each a PNG file of at most 128 pixels a side, in base64.

    Args:
        true, told: masks, ``(height, width)`` uint8.
    """
    true, told = map(_small, (true, told))
    wrong = np.where(true == VOID, VOID, (true != told).astype(np.uint8))
    return {
        "true_layer": _png(true, _of_classes()),
        "told_layer": _png(told, _of_classes()),
        "wrong_layer": _png(wrong, {1: _WRONG}),
    }


def make(target: np.ndarray, names: tuple[str, ...], size: tuple[int, int]) -> Overlay:  # noqa: ARG001 - the mask's
    """See :meth:`TaskSpec.overlay <cnnsearch.tasks.task.TaskSpec.overlay>`; the first class is left clear."""
    shown = [int(index) for index in np.unique(target)]
    words = [(names[index], colour) for index in shown if index != VOID and (colour := colour_of(index)) is not None]
    told = [*words, ("void", _UNKNOWN)] if VOID in shown else words
    source = f"data:image/png;base64,{_png(_small(target), _of_classes(), _OPACITY)}"
    return Overlay(source, tuple((word, as_css(colour)) for word, colour in told))


def _small(mask: np.ndarray) -> np.ndarray:
    factor = _LARGEST_SIDE / max(*mask.shape, _LARGEST_SIDE)
    height, width = (max(1, round(side * factor)) for side in mask.shape)
    return nearest(mask, (height, width))


def _of_classes() -> dict[int, tuple[int, int, int]]:
    return {index: colour for index in range(VOID) if (colour := colour_of(index)) is not None}


def _png(indices: np.ndarray, colours: dict[int, tuple[int, int, int]], opacity: int = 255) -> str:
    """With a palette in which all but the colours, and void, is clear."""
    image = Image.fromarray(indices)
    image.putpalette([level for index in range(VOID + 1) for level in _of(index, colours)], "RGB")
    stream = io.BytesIO()
    clear = bytes(opacity if index in colours or index == VOID else 0 for index in range(VOID + 1))
    image.save(stream, "png", transparency=clear, optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def _of(index: int, colours: dict[int, tuple[int, int, int]]) -> tuple[int, int, int]:
    return _UNKNOWN if index == VOID else colours.get(index, (0, 0, 0))
