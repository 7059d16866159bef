"""One picture: from a file of any mode to an array, and from one size to another."""

from __future__ import annotations

import os
from typing import IO, Any

import numpy as np
import PIL
import simplejpeg
from PIL import Image

from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.jpeg import Decoding, open_jpeg
from cnnsearch.inputs.pictures.letterbox import Resizing, frames
from cnnsearch.inputs.pictures.opened import OpenedPicture, UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.stretching import PILLOW, STRETCHER, stretched
from cnnsearch.numbers import plural

__all__ = ["FILE_DTYPES", "RESIZING", "decode", "decoder_of", "fitted", "open_at", "picture_array", "resize"]

_MODES = {1: "L", 3: "RGB"}
"""Pillow's mode of a decoded picture with so many channels."""

FILE_DTYPES = {np.dtype(np.uint8), np.dtype(np.uint16)}
"""Of most files; either is brought to the other, as black and white of both are known."""

_GREY = np.array([0.299, 0.587, 0.114])
"""Shares of red, green and blue, as Pillow has them (ITU-R 601-2)."""

Size = tuple[int, int]

_FILTER = Image.Resampling.BILINEAR
"""With which pictures are resized, in training and prediction alike."""

RESIZING = PILLOW if STRETCHER == PILLOW else f"{STRETCHER}; {PILLOW} where a picture has not 8 bits"
"""What resizes, in words."""


def decode(
    path: str | os.PathLike[str] | IO[bytes],
    channels: int,
    size: Size | None = None,
    dtype: Any = None,
    decoding: Decoding = "full",
    resizing: Resizing = "stretch",
) -> np.ndarray:
    """Read one picture, turned as its EXIF data says, with transparent parts on white.

    Args:
        path: the file, or its content as a binary stream.
        channels: of the result; see :func:`picture_array`.
        size: ``(height, width)`` to which it is brought; ``None`` keeps its own.
        dtype: of the result; ``None``: that of the file.
        decoding: how a JPEG is decoded where it becomes smaller.
        resizing: whether the ratio of its sides is kept.

    Returns:
        ``(height, width, channels)``.

    Raises:
        InputError: it cannot be read, or is of other channels or numbers.
    """
    try:
        content = read_file(path) if isinstance(path, (str, os.PathLike)) else path.read()
        opened, own = open_at(content, size, decoding, resizing)
        return fitted(picture_array(opened, channels, dtype), size, resizing, own)
    except UnreadableError as error:
        named = path if isinstance(path, (str, os.PathLike)) else getattr(path, "name", "picture")
        raise InputError(Problem(str(named), str(error))) from None


def decoder_of(decoding: Decoding, resizing: Resizing = "stretch") -> str:
    """What decodes and resizes pictures, with versions: equal for equal pixels of the same file."""
    reduces = " to half and less" if decoding == "reduced" else ""
    boxed = ", letterboxed" if resizing == "letterbox" else ""
    return f"Pillow {PIL.__version__}, simplejpeg {simplejpeg.__version__}{reduces}, {STRETCHER}{boxed}"


def open_at(
    content: bytes, size: Size | None, decoding: Decoding, resizing: Resizing = "stretch"
) -> tuple[OpenedPicture, Size]:
    """A picture to be brought to ``size``, and the size that it has in the file, upright.

    Raises:
        UnreadableError: with the reason.
    """
    jpeg = open_jpeg(content, size, decoding, resizing)
    if jpeg is not None:
        return jpeg
    picture = open_picture(content)
    return picture, picture.size


def picture_array(picture: OpenedPicture, channels: int, dtype: Any = None) -> np.ndarray:
    """``(height, width, channels)`` of an opened picture, of its own dtype or of ``dtype``.

    Grey and RGB become each other, and so do 8 and 16 bits, between which white stays white.

    Raises:
        UnreadableError: it has other channels, or numbers that nobody can tell how to bring to ``dtype``.
    """
    array = _with_channels(picture, channels)
    if dtype is None or array.dtype == dtype:
        return array
    if {array.dtype, np.dtype(dtype)} != FILE_DTYPES:
        raise UnreadableError(f"has pixels of {array.dtype}, and {np.dtype(dtype)} is needed")
    return array.astype(np.uint16) * np.uint16(257) if dtype == np.uint16 else np.rint(array / 257).astype(np.uint8)


def _with_channels(picture: OpenedPicture, channels: int) -> np.ndarray:
    array = picture.pixels
    if array.shape[2] == channels:
        return array
    if picture.is_plain and channels in _MODES:
        image = picture.image or Image.fromarray(np.squeeze(array, axis=2) if array.shape[2] == 1 else array)
        return np.asarray(image.convert(_MODES[channels])).reshape(*array.shape[:2], channels)
    if array.shape[2] == 1 and channels == 3:
        return np.repeat(array, channels, axis=2)
    if array.shape[2] == 3 and channels == 1:
        grey = array @ _GREY
        whole: np.ndarray = np.rint(grey) if array.dtype.kind in "iu" else grey
        return whole.astype(array.dtype)[:, :, np.newaxis]
    raise UnreadableError(f"has {plural(array.shape[2], 'channel')}, and {channels} are needed")


def fitted(picture: np.ndarray, size: Size | None, resizing: Resizing, own: Size | None = None) -> np.ndarray:
    """``(height, width, channels)`` brought to ``size``, stretched or letterboxed; see :func:`resize`.

    Args:
        picture: which may have been decoded at a part of its size.
        size: of the result; ``None``: it stays as it is.
        resizing: whether the ratio of its sides is kept.
        own: its own height and width; left out, those of ``picture``.
    """
    if size is None:
        return picture
    found = frames(np.array([own or picture.shape[:2]]), size, resizing)
    height, width = found.inner[0].tolist()
    inner = resize(picture, (height, width))
    if (height, width) == size:
        return inner
    whole = np.zeros((*size, picture.shape[2]), picture.dtype)
    whole[found.area(0)] = inner
    return whole


def resize(picture: np.ndarray, size: Size | None) -> np.ndarray:
    """Stretch ``(height, width, channels)`` of any real dtype to ``size``: bilinear, antialiased where it shrinks.

    The dtype stays; whole numbers are rounded.
    """
    if size is None or picture.shape[:2] == size:
        return picture
    if picture.dtype == np.uint8:
        return stretched(picture, size)
    planes = [_resized_plane(picture[:, :, channel], size) for channel in range(picture.shape[2])]
    return np.stack(planes, axis=2)


def _resized_plane(plane: np.ndarray, size: Size) -> np.ndarray:
    dtype = plane.dtype
    resized = np.asarray(Image.fromarray(plane.astype(np.float32)).resize((size[1], size[0]), _FILTER))
    if dtype.kind in "iu":
        # Mode F rounds large numbers, so the ends of what was there are kept by hand.
        whole = np.clip(np.rint(resized.astype(np.float64)), float(plane.min()), float(plane.max()))
        return whole.astype(dtype)
    return resized.astype(dtype, copy=False)
