"""Pictures of 8 bits brought to another size by the SIMD instructions of the processor.

The filter is Pillow's bilinear one, widened where the picture shrinks. Sums are rounded otherwise, so that one level of
255 is the most by which a pixel differs from Pillow's; what instructions a processor has makes no difference.
"""

from __future__ import annotations

import threading
from importlib.metadata import version

import numpy as np
from cykooz_resizer import FilterType, ImageData, PixelType, ResizeAlg, ResizeOptions, Resizer

__all__ = ["STRETCHER", "stretched"]

STRETCHER = f"cykooz-resizer {version('cykooz-resizer')} bilinear"
"""What stretches, with its version: equal for equal pixels."""

_PIXELS = {1: PixelType.U8, 2: PixelType.U8x2, 3: PixelType.U8x3, 4: PixelType.U8x4}

_OPTIONS = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.bilinear), use_alpha=False)


class _OfThread(threading.local):
    """Buffers that no other thread may use at the same time."""

    def __init__(self) -> None:
        self.resizer = Resizer()


_OWN = _OfThread()


def stretched(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(height, width, channels)`` uint8 of that ``(height, width)``; read-only.

    Args:
        picture: uint8 of any height, width and number of channels.
        size: of the result.
    """
    channels = picture.shape[2]
    if channels not in _PIXELS:
        return np.concatenate([stretched(picture[:, :, at : at + 1], size) for at in range(channels)], axis=2)
    source = ImageData(picture.shape[1], picture.shape[0], _PIXELS[channels], picture.tobytes())
    target = ImageData(size[1], size[0], _PIXELS[channels])
    _OWN.resizer.resize(source, target, _OPTIONS)
    return np.frombuffer(target.get_buffer(), np.uint8).reshape(*size, channels)
