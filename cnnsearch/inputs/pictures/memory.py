"""Whether pictures fit into memory, asked before it is taken: a system that has none left ends whatever it likes."""

from __future__ import annotations

from typing import Any

import numpy as np
import psutil

from cnnsearch.errors import InputError, Problem
from cnnsearch.memory_limits import address_limit, group_limits
from cnnsearch.numbers import plural

__all__ = ["SMALL", "check_memory", "free_bytes", "has_memory"]

SMALL = 2**26
"""Bytes that are never worth the question."""


def has_memory(count: int, size: tuple[int, int], channels: int, dtype: np.dtype[Any]) -> bool:
    """Whether so many pictures of ``(height, width)`` fit into the memory that is free."""
    needed = _bytes(count, size, channels, dtype)
    return needed < SMALL or needed <= free_bytes()


def check_memory(count: int, size: tuple[int, int], channels: int, dtype: np.dtype[Any]) -> None:
    """See :func:`has_memory`.

    Raises:
        InputError: they do not fit; says what they need, and what is free.
    """
    if has_memory(count, size, channels, dtype):
        return
    what = f"{count:,} pictures of {size[0]}x{size[1]} pixels and {plural(channels, 'channel')}"
    needed, free = _bytes(count, size, channels, dtype) / 2**30, free_bytes() / 2**30
    rule = f"{what} need {needed:.1f} GB of memory, and {free:.1f} GB are free"
    raise InputError(Problem("", f"{rule}: set image_size smaller, or limit to fewer pictures"))


def free_bytes() -> int:
    """Memory that this process can still take: of the machine, of the groups that it is in, of its addresses."""
    addresses = address_limit()
    limits = [*group_limits(), *([] if addresses is None else [addresses])]
    return min([int(psutil.virtual_memory().available), *(limit.free for limit in limits)])


def _bytes(count: int, size: tuple[int, int], channels: int, dtype: np.dtype[Any]) -> int:
    return count * size[0] * size[1] * channels * dtype.itemsize
