"""Pictures of 8 bits brought to another size."""

from __future__ import annotations

import numpy as np
import PIL
from PIL import Image

__all__ = ["STRETCHER", "stretched"]

STRETCHER = f"Pillow {PIL.__version__} bilinear"
"""What stretches, with its version: equal for equal pixels."""


def stretched(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(height, width, channels)`` uint8 of that ``(height, width)``; bilinear, antialiased where it shrinks.

    Args:
        picture: uint8 of any height, width and number of channels.
        size: of the result.
    """
    channels = picture.shape[2]
    if channels not in (1, 3):
        return np.concatenate([stretched(picture[:, :, at : at + 1], size) for at in range(channels)], axis=2)
    image = Image.fromarray(np.squeeze(picture, axis=2) if channels == 1 else picture)
    small = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(small).reshape(*size, channels)
