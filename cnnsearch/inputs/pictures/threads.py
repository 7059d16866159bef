"""Pictures decoded beside each other: Pillow and simplejpeg give up the interpreter lock while they work."""

from __future__ import annotations

import contextlib
import contextvars
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cnnsearch.together import Together

__all__ = ["in_threads", "workers"]

Item = TypeVar("Item")
Made = TypeVar("Made")

_MOST = 16


def workers() -> int:
    """How many pictures are read at once."""
    return min(os.cpu_count() or 1, _MOST)


_together = Together()


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """Pillow warns about oddities of single files; whoever has thousands of them wants none of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def in_threads(
    make: Callable[[Item], Made],
    items: Iterable[Item],
    stop: Callable[[], None] = lambda: None,
    count: int | None = None,
) -> list[Made]:
    """``[make(item) for item in items]``; nothing more is begun once one has raised.

    Args:
        make: called with each item, several at a time, in the context of whoever calls this: what the cache is short of
            is told there.
        items: the items.
        stop: called once one has raised, before the others that have begun are waited for.
        count: of threads; left out, one for each core.
    """
    context = contextvars.copy_context()
    with _together.used(_unwarned), ThreadPoolExecutor(count or workers()) as pool:
        try:
            return list(pool.map(lambda item: context.copy().run(make, item), items))
        except BaseException:
            stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
