"""One picture: from a file of any mode to grey or RGB pixels, and from one size to another."""

from __future__ import annotations

import os
from typing import IO, Any

import numpy as np
import PIL
import simplejpeg
from PIL import Image

from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.opened import OpenedPicture, UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.reduced import Decoding, open_reduced

__all__ = ["FILTER", "check_channels", "decode", "decoder_of", "open_at", "picture_array", "resize", "resized_array"]

_MODES = {1: "L", 3: "RGB"}
"""Pillow's mode of a decoded picture with so many channels."""

Size = tuple[int, int]

FILTER = Image.Resampling.BILINEAR
"""With which pictures are resized, in training and prediction alike."""


def decode(
    path: str | os.PathLike[str] | IO[bytes],
    channels: int,
    size: Size | None = None,
    dtype: Any = None,
    decoding: Decoding = "full",
) -> np.ndarray:
    """Read one picture, turned as its EXIF data says, with transparent parts on white.

    Args:
        path: the file, or its content as a binary stream.
        channels: 1 for grey, 3 for RGB.
        size: ``(height, width)`` to which it is stretched; ``None`` keeps its own.
        dtype: ``uint8`` or ``uint16``; ``None``: that of the file, ``uint16`` where it is grey of 16 bits.
        decoding: how a JPEG is decoded where it becomes smaller.

    Returns:
        ``(height, width, channels)``.

    Raises:
        InputError: it cannot be read, or no file has so many channels.
    """
    check_channels(channels, "channels")
    try:
        content = read_file(path) if isinstance(path, (str, os.PathLike)) else path.read()
        return resized_array(open_at(content, size, decoding)[0].image, channels, size, dtype)
    except UnreadableError as error:
        named = path if isinstance(path, (str, os.PathLike)) else getattr(path, "name", "picture")
        raise InputError(Problem(str(named), str(error))) from None


def decoder_of(decoding: Decoding) -> str:
    """What decodes and resizes pictures, with versions: equal for equal pixels of the same file."""
    reduces = f", simplejpeg {simplejpeg.__version__} where a JPEG becomes smaller" if decoding == "reduced" else ""
    return f"Pillow {PIL.__version__} {FILTER.name}{reduces}"


def open_at(content: bytes, size: Size | None, decoding: Decoding) -> tuple[OpenedPicture, Size]:
    """A picture to be stretched to ``size``, and the size that it has in the file, upright.

    Raises:
        UnreadableError: with the reason.
    """
    small = open_reduced(content, size) if size is not None and decoding == "reduced" else None
    if small is not None:
        return small
    picture = open_picture(content)
    return picture, (picture.image.height, picture.image.width)


def resized_array(image: Image.Image, channels: int, size: Size | None, dtype: Any = None) -> np.ndarray:
    """:func:`resize` of :func:`picture_array`; of 8 bits without an array of the whole picture between the two."""
    if size is not None and image.mode == _MODES[channels] and dtype in (None, np.uint8):
        small = image if (image.height, image.width) == size else _stretched(image, size)
        return np.asarray(small).reshape(*size, channels)
    return resize(picture_array(image, channels, dtype), size)


def check_channels(channels: int, where: str) -> None:
    """Whether files have pictures of so many channels.

    Raises:
        InputError: they have not.
    """
    if channels not in _MODES:
        rule = f"the model takes pictures of {channels} channels, which files do not have: evaluate takes a .npz file"
        raise InputError(Problem(where, rule))


def picture_array(image: Image.Image, channels: int, dtype: Any = None) -> np.ndarray:
    """``(height, width, channels)`` of an opened picture, of its own dtype or of ``uint8`` or ``uint16``.

    From 8 to 16 bits and back white stays white.
    """
    if image.mode == "I;16":
        grey = np.asarray(image)[:, :, np.newaxis]
        array = np.repeat(grey, channels, axis=2)
    else:
        array = np.asarray(image.convert(_MODES[channels]))
        array = array.reshape(*array.shape[:2], channels)
    if dtype is None or array.dtype == dtype:
        return array
    return array.astype(np.uint16) * np.uint16(257) if dtype == np.uint16 else np.rint(array / 257).astype(np.uint8)


def resize(picture: np.ndarray, size: Size | None) -> np.ndarray:
    """Stretch ``(height, width, channels)`` of any real dtype to ``size``: bilinear, antialiased where it shrinks.

    The dtype stays; whole numbers are rounded.
    """
    if size is None or picture.shape[:2] == size:
        return picture
    if picture.dtype == np.uint8 and picture.shape[2] == 3:
        return np.asarray(_stretched(Image.fromarray(picture), size))
    planes = [_resized_plane(picture[:, :, channel], size) for channel in range(picture.shape[2])]
    return np.stack(planes, axis=2)


def _resized_plane(plane: np.ndarray, size: Size) -> np.ndarray:
    dtype = plane.dtype
    if dtype == np.uint8:
        return np.asarray(_stretched(Image.fromarray(plane), size))
    resized = np.asarray(_stretched(Image.fromarray(plane.astype(np.float32)), size))
    if dtype.kind in "iu":
        # Mode F rounds large numbers, so the ends of what was there are kept by hand.
        whole = np.clip(np.rint(resized.astype(np.float64)), float(plane.min()), float(plane.max()))
        return whole.astype(dtype)
    return resized.astype(dtype, copy=False)


def _stretched(image: Image.Image, size: Size) -> Image.Image:
    return image.resize((size[1], size[0]), FILTER)
