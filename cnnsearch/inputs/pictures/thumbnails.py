"""Small pictures to look at, as files of a study."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnnsearch.inputs.pictures.pictures import Pictures, Size

__all__ = ["thumbnail"]

_SMALLEST_SIDE, _LARGEST_SIDE = 64, 128


def thumbnail(pictures: Pictures, index: int, size: Size | None = None) -> bytes:
    """One of them as a PNG file.

    Args:
        pictures: of which it is one.
        index: of it.
        size: in which a network sees them: it is shown so where they are letterboxed, as places are told in that.
    """
    if size is None or pictures.resizing == "stretch":
        size = None if pictures.shape else (_LARGEST_SIDE, _LARGEST_SIDE)
    picture = pictures.read(np.array([index]), size)
    stream = io.BytesIO()
    _viewable(picture[0]).save(stream, "png")
    return stream.getvalue()


def _viewable(picture: np.ndarray) -> Image.Image:
    """An 8-bit picture, tiny ones enlarged without smoothing, large ones made smaller."""
    if picture.dtype != np.uint8:
        low, high = float(picture.min()), float(picture.max())
        picture = ((picture - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    if picture.shape[2] not in (1, 3):
        picture = picture[:, :, :1]
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    if max(image.size) > _LARGEST_SIDE:
        image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
        return image
    factor = -(-_SMALLEST_SIDE // min(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
