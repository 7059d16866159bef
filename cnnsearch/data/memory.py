"""Whether pictures fit into memory, asked before it is taken: a system that has none left ends whatever it likes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psutil

from cnnsearch.errors import InputError, Problem

__all__ = ["SMALL", "check_memory", "free_bytes", "has_memory"]

SMALL = 2**26
"""Bytes that are never worth the question."""

_CGROUPS = {
    "memory.max": ("memory.current", "inactive_file"),
    "memory/memory.limit_in_bytes": ("memory/memory.usage_in_bytes", "total_inactive_file"),
}
"""Limit of a container, version 2 and 1 -> what it uses, and the line of its ``memory.stat`` of what it could drop."""


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
    what = f"{count:,} pictures of {size[0]}x{size[1]} pixels and {channels} channel{'s' * (channels > 1)}"
    needed, free = _bytes(count, size, channels, dtype) / 2**30, free_bytes() / 2**30
    rule = f"{what} need {needed:.1f} GB of memory, and {free:.1f} GB are free"
    raise InputError(Problem("", f"{rule}: set image_size smaller, or limit to fewer pictures"))


def free_bytes(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Memory that this process can still take: of the machine, and of the container that it is in."""
    return min([int(psutil.virtual_memory().available), *_free_in(cgroup)])


def _free_in(cgroup: Path) -> list[int]:
    free = []
    for limit, (used, dropped) in _CGROUPS.items():
        try:
            most, taken = int((cgroup / limit).read_text()), int((cgroup / used).read_text())
            stat = dict(line.split() for line in (cgroup / used).with_name("memory.stat").read_text().splitlines())
        except (OSError, ValueError):  # no such container, or "max": no limit
            continue
        free.append(max(0, most - taken + int(stat.get(dropped, 0))))
    return free


def _bytes(count: int, size: tuple[int, int], channels: int, dtype: np.dtype[Any]) -> int:
    return count * size[0] * size[1] * channels * dtype.itemsize
