"""Files of one data set are of one kind: what they have in common, and which of them do not belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.inputs.pictures.decoding import FILE_DTYPES
from cnnsearch.inputs.pictures.opened import FRAMES, LEVELS
from cnnsearch.numbers import plural

__all__ = ["WIDENED", "Found", "altered", "of_one_kind"]

_COLOURS = (1, 3)
"""Channels that become each other."""

WIDENED = (0.0, 65535.0, 1.0, 0.0)
"""The look of a picture of 8 bits among some of 16."""


@dataclass(frozen=True)
class Found:
    """What is known of a file that was decoded.

    Attributes:
        channels, size, digest, look: as of :class:`~cnnsearch.inputs.pictures.pictures.FilePictures`.
        dtype: of its pixels.
        cut: as of :class:`~cnnsearch.inputs.pictures.opened.OpenedPicture`.
    """

    channels: int
    size: tuple[int, int]
    digest: bytes
    dtype: np.dtype[Any]
    look: tuple[float, float, float, float]
    cut: tuple[str, ...]


def of_one_kind(results: Sequence[Found | str], wanted: int | None) -> tuple[list[Found | str], int, np.dtype[Any]]:
    """The files of the most frequent kind; of all others the reason why they cannot be used with these.

    Grey and RGB are one kind, and so are 8 and 16 bits.

    Args:
        results: of each file, or why it cannot be read.
        wanted: channels; ``None``: those of the files.

    Returns:
        A result for each file, and channels and dtype of the pictures.
    """
    opened = [result for result in results if isinstance(result, Found)]
    if not opened:
        return list(results), wanted or 1, np.dtype(np.uint8)
    kinds = Counter(_kind(found) for found in opened)
    kind = kinds.most_common(1)[0][0]
    members = [found for found in opened if _kind(found) == kind]
    channels = wanted or max(found.channels for found in members)
    dtype = max((found.dtype for found in members), key=lambda dtype: dtype.itemsize)
    what = _told(channels, str(dtype))
    return (
        [
            f"{_told(result.channels, str(result.dtype))}, among pictures of {what}"
            if isinstance(result, Found) and _kind(result) != kind
            else result
            for result in results
        ],
        channels,
        dtype,
    )


def altered(names: Sequence[str], opened: Sequence[Found], dtype: np.dtype[Any]) -> tuple[str, ...]:
    """How many files are not used as they are, with the name of the first one."""
    pairs = list(zip(names, opened, strict=True))
    told = {f"are read without {cut}": [name for name, found in pairs if cut in found.cut] for cut in (FRAMES, LEVELS)}
    told["have 8 bits and are widened to the 16 of the others, values times 257"] = [
        name for name, found in pairs if found.dtype != dtype
    ]
    return tuple(
        f"{len(which)} of {len(names)} pictures {what} (the first one: {which[0]})"
        for what, which in told.items()
        if which
    )


def _kind(found: Found) -> tuple[int, str]:
    channels = 0 if found.channels in _COLOURS else found.channels
    return channels, "" if found.dtype in FILE_DTYPES else str(found.dtype)


def _told(channels: int, dtype: str) -> str:
    return f"{plural(channels, 'channel')} of {dtype}"
