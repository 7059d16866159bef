"""JPEG files decoded at a part of their size: a picture that will be made smaller anyway costs less to decode.

The decoder leaves out the high frequencies of each block of 8x8 pixels and gives N/8 of the sides (N = 1 to 7), never
less than twice what is asked for. What is left is stretched as any picture is. The factor of two is that with which
Pillow's ``thumbnail`` reduces (``reducing_gap``): with less, pixels along edges differ by up to half of their range.
Beside decoding all of it, 100 photographs of about 500x375, made 64 or 96 pixels, differ by 1.7 and 1.1 of 255 levels
in the mean, by 4.2 at most in the mean of one and by 82 at one pixel; those of 1600x1200, made 224, by 0.2, 0.3 and 7.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import simplejpeg
from PIL import Image

from cnnsearch.inputs.pictures.opened import OpenedPicture, is_too_large, turned, turns_sides

__all__ = ["Decoding", "open_reduced"]

Decoding = Literal["reduced", "full"]
"""``reduced``: as here where it is possible; ``full``: all of every picture."""

_GAP = 2
"""Sides that are decoded over those that are asked for, at least."""

_COLOURS = {"RGB": "RGB", "L": "GRAY"}
"""Pillow's mode of a JPEG -> the decoder's name of the same colours; others are decoded by Pillow."""


def open_reduced(content: bytes, size: tuple[int, int]) -> tuple[OpenedPicture, tuple[int, int]] | None:
    """Decode a JPEG to not less than twice ``(height, width)``.

    Returns:
        The picture, and its own size; ``None`` where it is no such file, would not get smaller, or has any fault.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if (
                image.format not in ("JPEG", "MPO")
                or image.mode not in _COLOURS
                or is_too_large(image.width, image.height)
            ):
                return None
            turn = turned(image)
            height, width = (_GAP * side for side in (reversed(size) if turns_sides(turn) else size))
            if _eighths(image.height, height, image.width, width) == 8:
                return None
            colour = _COLOURS[image.mode]
            pixels = simplejpeg.decode_jpeg(content, colour, min_height=height, min_width=width, min_factor=1)
            small = Image.fromarray(np.squeeze(pixels, axis=2) if colour == "GRAY" else pixels)
            own = (image.width, image.height) if turns_sides(turn) else (image.height, image.width)
            return OpenedPicture(small if turn is None else small.transpose(turn), None, ()), own
    except Exception:  # noqa: BLE001 - whatever is the matter, Pillow decodes all of it, or says why it cannot
        return None


def _eighths(*sides: int) -> int:
    """The least N for which N/8 of each side is not below the one that is asked for; 8 for all of it."""
    pairs = list(zip(sides[::2], sides[1::2], strict=True))
    return next((n for n in range(1, 8) if all(-(-have * n // 8) >= want for have, want in pairs)), 8)
