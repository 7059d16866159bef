"""One picture: from a file of any mode to grey or RGB pixels, and from one size to another."""

from __future__ import annotations

import io
import os
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnsearch.errors import InputError, Problem

__all__ = [
    "FILTER",
    "MODES",
    "UnreadableError",
    "decode",
    "has_frames",
    "open_picture",
    "picture_array",
    "reason",
    "resize",
]

MODES = {1: "L", 3: "RGB"}
"""Pillow's mode of a decoded picture with so many channels."""

Size = tuple[int, int]

FILTER = Image.Resampling.BILINEAR
"""With which pictures are resized, in training and prediction alike."""


class UnreadableError(Exception):
    """The file is no picture that can be used; the message is a short reason."""


def decode(path: str | os.PathLike[str] | IO[bytes], channels: int, size: Size | None = None) -> np.ndarray:
    """Read one picture, turned as its EXIF data says, with transparent parts on white.

    Args:
        path: the file, or its content as a binary stream.
        channels: 1 for grey, 3 for RGB.
        size: ``(height, width)`` to which it is stretched; ``None`` keeps its own.

    Returns:
        ``(height, width, channels)``, uint8.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return resize(picture_array(open_picture(path), channels), size)
    except UnreadableError as error:
        raise InputError(Problem(getattr(path, "name", None) or str(path), str(error))) from None


def open_picture(path: str | os.PathLike[str] | IO[bytes]) -> Image.Image:
    """The fully decoded picture, upright: mode ``L`` where the file is grey, ``RGB`` otherwise.

    Raises:
        UnreadableError: with the reason.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
                raise UnreadableError(f"too large, a decompression bomb of {width} x {height} pixels")
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _flattened(image)
    except UnreadableError:
        raise
    except Exception as error:  # noqa: BLE001 - on damaged bytes Pillow's readers raise whatever they stumble over
        raise UnreadableError(reason(error)) from None


def picture_array(image: Image.Image, channels: int) -> np.ndarray:
    """``(height, width, channels)`` of an opened picture, uint8."""
    array = np.asarray(image.convert(MODES[channels]))
    return array.reshape(*array.shape[:2], channels)


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


def _flattened(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Pillow's own conversion cuts 16 bits off at 255.
        return Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise UnreadableError("32-bit pixels, whose range is not known")
    grey = image.mode in ("1", "L", "LA")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        flat = white.convert("RGB")
    else:
        flat = image.convert("L" if grey else "RGB")
    return flat.convert("L") if grey or (image.mode in ("P", "PA") and _is_grey(flat)) else flat


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def reason(error: Exception) -> str:
    """Why a file cannot be read, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "too large, a decompression bomb"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = " ".join(str(error).split())
    return "truncated" if "truncated" in text.lower() else f"damaged: {text[:80] or type(error).__name__}"


def has_frames(content: bytes) -> bool:
    """Whether a picture has several frames or pages, of which the first is read.

    What telephones keep beside a photograph in the same file (MPO), as a map of its depth, is no frame.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.format != "MPO" and bool(getattr(image, "is_animated", False))
    except Exception:  # noqa: BLE001 - the first frame was read, and a later one is damaged
        return True
