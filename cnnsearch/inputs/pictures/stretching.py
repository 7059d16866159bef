"""Pictures of 8 bits brought to another size: by the SIMD instructions of the processor, where its library is there.

The filter is Pillow's bilinear one, widened where the picture shrinks. Sums are rounded otherwise, so that one level of
255 is the most by which a pixel differs from Pillow's; what instructions a processor has makes no difference. The
library has no build for Linux on ARM: there Pillow itself stretches. Which of them did is in the record and in the key
of what the cache holds.
"""

from __future__ import annotations

import threading
from importlib.metadata import version
from typing import Any

import numpy as np
import PIL
from PIL import Image

try:
    import cykooz_resizer as simd
except ImportError:
    simd = None

__all__ = ["PILLOW", "STRETCHER", "stretched"]

PILLOW = f"Pillow {PIL.__version__} bilinear"
"""What resizes pictures of other dtypes, with its version."""

STRETCHER = PILLOW if simd is None else f"cykooz-resizer {version('cykooz-resizer')} bilinear"
"""What stretches, with its version: equal for equal pixels."""


class _OfThread(threading.local):
    """Buffers that no other thread may use at the same time."""

    def __init__(self) -> None:
        self.resizer: Any = None if simd is None else simd.Resizer()


_OWN = _OfThread()


def stretched(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(height, width, channels)`` uint8 of that ``(height, width)``; it may be read-only.

    Args:
        picture: uint8 of any height, width and number of channels.
        size: of the result.
    """
    channels = picture.shape[2]
    if channels not in (1, 3):
        return np.concatenate([stretched(picture[:, :, at : at + 1], size) for at in range(channels)], axis=2)
    return (_by_pillow if simd is None else _by_simd)(picture, size)


def _by_simd(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of one or three channels."""
    channels = picture.shape[2]
    kind = simd.PixelType.U8 if channels == 1 else simd.PixelType.U8x3
    source = simd.ImageData(picture.shape[1], picture.shape[0], kind, picture.tobytes())
    target = simd.ImageData(size[1], size[0], kind)
    options = simd.ResizeOptions(resize_alg=simd.ResizeAlg.convolution(simd.FilterType.bilinear), use_alpha=False)
    _OWN.resizer.resize(source, target, options)
    return np.frombuffer(target.get_buffer(), np.uint8).reshape(*size, channels)


def _by_pillow(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of one or three channels."""
    channels = picture.shape[2]
    image = Image.fromarray(np.squeeze(picture, axis=2) if channels == 1 else picture)
    small = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(small).reshape(*size, channels)
