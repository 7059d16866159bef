"""Masks at rest: the class of each pixel of a picture, and what is counted of them."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np

__all__ = ["MOST_CLASSES", "VOID", "Mask", "cells_of", "nearest"]

VOID = 255
"""The index at rest of pixels of which nothing is known: they are neither learnt nor judged."""

MOST_CLASSES = 255
"""Which a byte tells beside :data:`VOID`."""


@dataclass(frozen=True, eq=False)
class Mask:
    """Of one picture.

    Attributes:
        shape: height and width.
        packed: its bytes, compressed: masks take a fiftieth, and those of large photographs would fill the memory.
        digest: sha256 of shape and bytes.
    """

    shape: tuple[int, int]
    packed: bytes
    digest: bytes

    @classmethod
    def of(cls, array: np.ndarray) -> Mask:
        """``(height, width)`` uint8, :data:`VOID` or the index of a class."""
        content = np.ascontiguousarray(array, np.uint8)
        shape = (content.shape[0], content.shape[1])
        digest = hashlib.sha256(repr(shape).encode() + content.tobytes()).digest()
        return cls(shape, zlib.compress(content.tobytes(), 1), digest)

    @property
    def array(self) -> np.ndarray:
        """``(height, width)`` uint8."""
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.shape)


def nearest(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(height, width)``, stretched to ``size`` as its picture is: each pixel gets the one at its centre."""
    rows, columns = (
        ((np.arange(new) + 0.5) * (old / new)).astype(int) for new, old in zip(size, mask.shape, strict=True)
    )
    return np.asarray(mask[rows[:, None], columns[None, :]])


def cells_of(true: np.ndarray, told: np.ndarray, classes: int) -> np.ndarray:
    """``(n, classes, 3)`` int64: pixels of each picture that are and are told, that are, and that are told to be so.

    Args:
        true, told: ``(n, height, width)``; where the first is :data:`VOID` nothing is counted.
        classes: how many there are.
    """
    found = np.zeros((len(true), classes, 3), np.int64)
    for cells, one, other in zip(found, true, told, strict=True):
        known = one != VOID
        pairs = one[known].astype(np.int64) * classes + other[known]
        confusion = np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        cells[:, 0], cells[:, 1], cells[:, 2] = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    return found
