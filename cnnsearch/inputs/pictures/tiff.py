"""TIFF files that Pillow would cut: of other numbers than 8 bits, or of other channels than grey and RGB."""

from __future__ import annotations

import io
import logging
import math
import os
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

__all__ = ["TiffPixels", "is_tiff", "orientation_of", "pages_of", "tiff_pixels"]

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_MINISWHITE, _MINISBLACK, _RGB = 0, 1, 2
_PREMULTIPLIED, _STRAIGHT = 1, 2
"""Kinds of alpha among the samples beyond the colours."""

_UNSIGNED = 1
_MOST_CHANNELS = 16
"""Of an array that was written as pages: more than these are pages."""

_ORIENTATION = 274


@dataclass(frozen=True)
class TiffPixels:
    """What lies in a file.

    Attributes:
        shape: ``(height, width)``, before it is turned upright.
        array: ``(height, width, channels)`` as they lie there; ``None`` where it is too large.
        alpha: ``straight`` or ``premultiplied`` where the last channel is that of an unsigned picture, else empty.
        orientation: as of EXIF; 1 is upright.
        has_more: there are pages after what was read.
    """

    shape: tuple[int, int]
    array: np.ndarray | None
    alpha: str
    orientation: int
    has_more: bool


def tiff_pixels(content: bytes, most: int | None) -> TiffPixels | None:
    """The pixels of the first picture of a file; ``None``: no TIFF, or one of which Pillow reads everything.

    Args:
        content: of the file.
        most: pixels that it may have; ``None``: any number.

    Raises:
        Exception: the pixels cannot be read.
    """
    if not is_tiff(content):
        return None
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # of oddities of single files
    try:
        file = tifffile.TiffFile(io.BytesIO(content))
    except tifffile.TiffFileError:
        return None  # Pillow says what is wrong with it
    with file:
        page = file.pages.first
        axes, shape = file.series[0].axes, file.series[0].shape
        by_pages = _channels_are_pages(axes, shape)
        as_array = not by_pages and _is_array(axes, shape, file.is_shaped)
        if page.photometric not in (_MINISWHITE, _MINISBLACK, _RGB) or not (by_pages or as_array or _is_deep(page)):
            return None
        height, width = (shape[0], shape[1]) if as_array else (page.imagelength, page.imagewidth)
        fits = most is None or (height * width <= most and (not by_pages or math.prod(shape) <= 8 * most))
        array = None
        if fits:
            if as_array:
                array = file.series[0].asarray()
            else:
                array = _channels_last(file.series[0].asarray() if by_pages else page.asarray(), axes, page)
        return TiffPixels(
            (height, width),
            array,
            "" if by_pages or as_array else _alpha(page),
            _orientation(page),
            not as_array and (math.prod(shape[:-2]) > shape[axes.index("C")] if by_pages else len(file.pages) > 1),
        )


def pages_of(path: str | os.PathLike[str]) -> tuple[tuple[int, ...], ...]:
    """Of each picture of a stack the pages that are its channels; empty where a file holds one picture.

    Raises:
        OSError: it cannot be read.
    """
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(path) as file:
            return _pictures(file)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - of damaged bytes it raises whatever it stumbles over; who opens it tells why
        return ()


def is_tiff(content: bytes) -> bool:
    """By its first bytes."""
    return content.startswith(_MAGIC)


def orientation_of(stream: IO[bytes]) -> int:
    """As of :class:`TiffPixels`, of the first picture of a file; no pixel is read.

    Raises:
        Exception: it cannot be read.
    """
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(stream) as file:
        return _orientation(file.pages.first)


def _orientation(page: Any) -> int:
    found = page.tags.get(_ORIENTATION)
    return 1 if found is None else int(found.value)


def _pictures(file: Any) -> tuple[tuple[int, ...], ...]:
    """Of the first series, which is of pages of one size and kind."""
    series = file.series[0]
    outer = series.ndim - len(series.keyframe.shape)
    axes, shape = series.axes[:outer], series.shape[:outer]
    numbers = [page.index for page in series.pages if page is not None]
    if len(numbers) != math.prod(shape) or _is_array(series.axes, series.shape, file.is_shaped):
        return ()
    of = np.array(numbers).reshape(shape)
    of = np.moveaxis(of, axes.index("C"), -1) if "C" in axes else of[..., np.newaxis]
    pictures = of.reshape(-1, of.shape[-1]).tolist()
    return tuple(map(tuple, pictures)) if len(pictures) > 1 else ()


def _channels_are_pages(axes: str, shape: tuple[int, ...]) -> bool:
    """As ImageJ and OME write the channels of a microscope."""
    return axes.endswith("YX") and "C" in axes and shape[axes.index("C")] > 1


def _is_array(axes: str, shape: tuple[int, ...], is_shaped: bool) -> bool:
    """Whether ``tifffile.imwrite`` got ``(height, width, channels)``, and made pages of ``(width, channels)`` of it."""
    return is_shaped and axes == "QYX" and shape[2] <= _MOST_CHANNELS and shape[2] < min(shape[:2])


def _is_deep(page: Any) -> bool:
    """Whether Pillow would not read all of it, or would read other numbers."""
    kinds = {int(kind) for kind in page.extrasamples}
    extra = len(page.extrasamples)
    colours = page.samplesperpixel - extra
    is_known = colours in (1, 3) and (extra == 0 or (extra == 1 and kinds <= {_PREMULTIPLIED, _STRAIGHT}))
    is_unsigned = int(page.sampleformat) == _UNSIGNED
    is_wide_grey = page.bitspersample == 16 and page.samplesperpixel == 1
    return not (is_known and is_unsigned and (page.bitspersample <= 8 or is_wide_grey))


def _channels_last(array: np.ndarray, axes: str, page: Any) -> np.ndarray:
    """``(height, width, channels)`` of a whole series of axes that end in ``YX``, or of a page."""
    if array.ndim > 3:
        first = tuple(slice(None) if axis in "CYX" else 0 for axis in axes)
        array = array[first]
    if array.ndim == 2:
        return array[:, :, np.newaxis]
    is_first = array.shape[1:] == (page.imagelength, page.imagewidth) and "S" not in axes[-1:]
    return np.moveaxis(array, 0, -1) if is_first else array


def _alpha(page: Any) -> str:
    kinds = [int(kind) for kind in page.extrasamples]
    if len(kinds) != 1 or page.samplesperpixel not in (2, 4) or int(page.sampleformat) != _UNSIGNED:
        return ""
    return {_PREMULTIPLIED: "premultiplied", _STRAIGHT: "straight"}.get(kinds[0], "")
