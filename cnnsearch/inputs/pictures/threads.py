"""Pictures decoded beside each other: Pillow and simplejpeg give up the interpreter lock while they work."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_threads"]

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_threads(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """``[make(item) for item in items]``; nothing more is begun once one has raised."""
    workers = min(os.cpu_count() or 1, 16)
    # Pillow warns about oddities of single files; whoever has thousands of them wants none of it.
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        try:
            return list(pool.map(make, items))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
