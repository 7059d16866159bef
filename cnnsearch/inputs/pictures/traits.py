"""What pictures look like in a few numbers, by which copies, blank and dark ones are found."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnsearch.inputs.pictures.letterbox import frames

if TYPE_CHECKING:
    from cnnsearch.inputs.pictures.pictures import Pictures

__all__ = ["LEAST_SIDE", "SMALL", "TRAITS", "TraitsOfRows", "bits_apart", "traits_of"]

LEAST_SIDE = 32
"""Pixels; of smaller pictures too many look alike for copies to be told by their looks."""

SMALL = (2 * LEAST_SIDE, 2 * LEAST_SIDE)
"""In which size pictures are read for their traits, where they have none that is at hand."""

TRAITS = np.dtype(
    [("hash", "<u8"), ("colours", "u1", (8, 8, 3)), ("mean", "<f4")]
    + [(name, "u1") for name in ("dark", "bright", "low", "high", "tint")]
)
"""Of one picture: a perceptual hash of 64 bits; its mean colours in 8 x 8 fields; the mean, the 5th and the 99th
percentile, the least and the greatest of its brightness, 0 to 255; and how far its channels are apart at most."""

_CHUNK = 32
"""Pictures that one thread takes at once."""

_TOGETHER = 256
"""Pictures whose traits are computed at once: one by one that would take longer than reading them."""

_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)

_WAVES = np.cos(np.pi * (2 * np.arange(LEAST_SIDE) + 1) * np.arange(8)[:, None] / (2 * LEAST_SIDE)).astype(np.float32)
"""``(8, 32)``, the lowest frequencies of the discrete cosine transform."""


def traits_of(pictures: Pictures) -> np.ndarray:
    """``(n,)`` :data:`TRAITS` of each picture: those in the cache, else from pixels, at hand where there are some."""
    if not len(pictures):
        return np.zeros(0, TRAITS)
    kept = pictures.kept_traits()
    if kept is not None:
        return kept
    values = pictures.values(np.arange(len(pictures)))
    low, high = values.scale or (values.low or 0.0, values.high or 1.0)
    size = pictures.at_hand or SMALL
    lying = frames(pictures.sizes, size, pictures.resizing)
    small = np.empty((len(pictures), LEAST_SIDE, LEAST_SIDE, 3), np.uint8)

    def shrink(start: int) -> None:
        rows = np.arange(start, min(start + _CHUNK, len(pictures)))
        for row, picture in zip(rows, pictures.read(rows, size), strict=True):
            small[row] = _shrunk(picture[lying.area(int(row))], low, high)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as pool:
        list(pool.map(shrink, range(0, len(pictures), _CHUNK)))
    return np.concatenate([_traits(small[start : start + 4096]) for start in range(0, len(small), 4096)])


class TraitsOfRows:
    """Traits of pictures while these are written one by one, by any thread.

    All of them have 8 bits: of others the traits depend on what values the other pictures have.

    Args:
        count: of pictures.

    Attributes:
        found: ``(count,)`` :data:`TRAITS` of those that were looked at; zeros elsewhere.
    """

    def __init__(self, count: int) -> None:
        self._found = np.zeros(count, TRAITS)
        self._waiting: list[tuple[int, np.ndarray]] = []
        self._lock = threading.Lock()

    def look(self, row: int, picture: np.ndarray) -> None:
        """At a picture ``(height, width, channels)``."""
        small = _shrunk(picture, 0.0, 255.0)
        with self._lock:
            self._waiting.append((row, small))
            waiting = self._waiting
            if len(waiting) < _TOGETHER:
                return
            self._waiting = []
        self._take(waiting)  # others look at theirs meanwhile

    def keep(self, rows: np.ndarray, traits: np.ndarray) -> None:
        """What another process found of pictures."""
        self._found[rows] = traits

    @property
    def found(self) -> np.ndarray:
        """Asked for when nobody looks any more."""
        self._take(self._waiting)
        self._waiting = []
        return self._found

    def _take(self, waiting: list[tuple[int, np.ndarray]]) -> None:
        if waiting:
            rows, small = zip(*waiting, strict=True)
            self._found[list(rows)] = _traits(np.stack(small))


def _shrunk(picture: np.ndarray, low: float, high: float) -> np.ndarray:
    """``(32, 32, 3)`` uint8 of a picture ``(height, width, channels)`` whose values are from low to high."""
    if picture.dtype != np.uint8:
        scaled = (picture.astype(np.float32) - low) * (255 / ((high - low) or 1.0))
        picture = np.clip(scaled, 0, 255).astype(np.uint8)
    channels = picture if picture.shape[2] >= 3 else picture[:, :, :1].repeat(3, axis=2)
    image = Image.fromarray(np.ascontiguousarray(channels[:, :, :3]))
    return np.asarray(image.resize((LEAST_SIDE, LEAST_SIDE), Image.Resampling.BOX, reducing_gap=1.0))


def _traits(small: np.ndarray) -> np.ndarray:
    """Of ``(n, 32, 32, 3)`` uint8."""
    found = np.zeros(len(small), TRAITS)
    grey = small @ _BRIGHTNESS
    found["hash"] = _hashes(grey)
    found["colours"] = (_fields(small) / 16).round()
    flat = grey.reshape(len(grey), -1)
    found["dark"], found["bright"] = np.percentile(flat, (5, 99), axis=1).round()
    found["mean"], found["low"], found["high"] = flat.mean(axis=1), flat.min(axis=1).round(), flat.max(axis=1).round()
    found["tint"] = _spread(small).max(axis=(1, 2))
    return found


def _fields(small: np.ndarray) -> np.ndarray:
    """``(n, 8, 8, 3)`` sums over the 4 x 4 pixels of each field; rows first, which lie beside each other."""
    rows = small.reshape(-1, 8, 4, LEAST_SIDE * 3).sum(axis=2, dtype=np.uint16)
    fields: np.ndarray = rows.reshape(-1, 8, 8, 4, 3).sum(axis=3, dtype=np.uint16)
    return fields


def _spread(small: np.ndarray) -> np.ndarray:
    """``(n, 32, 32)`` how far the channels of each pixel are apart; NumPy's own reduction of three takes longer."""
    red, green, blue = (small[..., channel] for channel in range(3))
    spread: np.ndarray = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return spread


def _hashes(grey: np.ndarray) -> np.ndarray:
    """``(n,)`` uint64: which of the 8 x 8 lowest frequencies are above their median (pHash; Zauner 2010, section 3.2).

    Args:
        grey: brightness, ``(n, 32, 32)``.
    """
    low = (_WAVES @ grey @ _WAVES.T).reshape(len(grey), -1)
    median = np.median(low[:, 1:], axis=1, keepdims=True)  # the first one is the mean brightness
    bits: np.ndarray = np.packbits(low > median, axis=1, bitorder="little").view("<u8")[:, 0]
    return bits


def bits_apart(hashes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """In how many bits they differ, one by one."""
    apart: np.ndarray = np.bitwise_count(hashes ^ others)
    return apart
