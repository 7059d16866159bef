"""What is done with one picture file when it is read: by a thread, or by a process of its own."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.decoding import decode, fitted, open_at, picture_array
from cnnsearch.inputs.pictures.jpeg import Decoding
from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.one_kind import WIDENED, Found
from cnnsearch.inputs.pictures.opened import OpenedPicture, read_file
from cnnsearch.inputs.pictures.value_range import look

__all__ = ["COLOURS", "Checked", "Known", "has_pixels"]

BYTES: np.dtype[Any] = np.dtype(np.uint8)

COLOURS = (1, 3)
"""Channels of pictures that are kept when they are opened; others are decoded when they are needed."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Checked:
    """A file that nobody has opened yet: what it is, and its pixels.

    Attributes:
        wanted: channels; ``None``: as the files have.
        size: of the pixels; ``None``: none are wanted.
        channels: of the pixels.
        decoding: how a JPEG is decoded where it becomes smaller.
        resizing: whether the ratio of its sides is kept.
        known: digests of the files of which all is known.
    """

    wanted: int | None
    size: Size | None
    channels: int
    decoding: Decoding
    resizing: Resizing
    known: frozenset[bytes] = frozenset()

    def __call__(self, path: str | os.PathLike[str]) -> tuple[Found | bytes, np.ndarray | None]:
        """What is found, or the digest of a file that is known; and the pixels, where they are of 8 bits.

        Raises:
            UnreadableError: with the reason; it may be that it has other channels than are wanted.
        """
        content = read_file(path)
        digest = hashlib.sha256(content).digest()
        if digest in self.known:
            return digest, None
        picture, size = open_at(content, self.size, self.decoding, self.resizing)
        found = self._found(picture, size, digest)
        if self.size is None or not has_pixels(found):
            return found, None
        # A grey picture among coloured ones is repeated over the channels.
        return found, fitted(picture_array(picture, self.channels), self.size, self.resizing, size)

    def _found(self, picture: OpenedPicture, size: Size, digest: bytes) -> Found:
        if picture.is_plain:
            channels = self.wanted or picture.channels
            if channels not in COLOURS:
                picture_array(picture, channels)
            return Found(channels, size, digest, BYTES, WIDENED, picture.cut)
        array = picture.pixels if self.wanted is None else picture_array(picture, self.wanted)
        return Found(array.shape[2], size, digest, array.dtype, look(array), picture.cut)


@dataclass(frozen=True)
class Known:
    """A file that was found good before: its pixels, in another size.

    Attributes:
        channels, size, dtype, decoding, resizing: as of :func:`~cnnsearch.inputs.pictures.decoding.decode`.
    """

    channels: int
    size: Size
    dtype: np.dtype[Any]
    decoding: Decoding
    resizing: Resizing

    def __call__(self, path: str | os.PathLike[str]) -> tuple[None, np.ndarray]:
        """Raises:
        InputError: it cannot be read any more.
        """
        return None, decode(path, self.channels, self.size, self.dtype, self.decoding, self.resizing)


def has_pixels(found: Found) -> bool:
    """Whether the pixels of a file are kept when it is opened."""
    return found.dtype == BYTES and found.channels in COLOURS
