"""What a user is told of the cache: each kind of trouble once a sweep, as it costs time only."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

__all__ = ["Trouble", "reason", "tell", "tell_anew", "tell_unwritable", "untold"]

Trouble = tuple[Path, str]
"""As :func:`tell` takes it."""

_LOG = logging.getLogger("cnnsearch")

_TOLD: set[str] = set()

_KEPT: ContextVar[list[Trouble] | None] = ContextVar("troubles", default=None)


def tell(root: Path, trouble: str) -> None:
    """Warn of it, unless this process has since :func:`tell_anew`.

    Args:
        root: of the cache.
        trouble: a clause that says what is wrong, and what follows.
    """
    kept = _KEPT.get()
    if kept is not None:
        kept.append((root, trouble))
    elif trouble not in _TOLD:
        _TOLD.add(trouble)
        _LOG.warning("cache %s: %s; this costs time, and changes no result", root, trouble)


def tell_anew() -> None:
    """Another sweep begins: who reads what is told of it need not have read what was told of those before."""
    _TOLD.clear()


def tell_unwritable(root: Path, error: OSError) -> None:
    """Warn that nothing can be written."""
    tell(root, f"cannot be written ({reason(error)}), so nothing new is kept")


@contextlib.contextmanager
def untold() -> Iterator[list[Trouble]]:
    """While it lasts, what would be told is kept: in a process whose words nobody reads."""
    troubles: list[Trouble] = []
    token = _KEPT.set(troubles)
    try:
        yield troubles
    finally:
        _KEPT.reset(token)


def reason(error: OSError) -> str:
    """Why it failed, in a few words."""
    return (error.strerror or type(error).__name__).lower()
