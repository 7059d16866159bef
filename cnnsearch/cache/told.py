"""What a user is told of the cache: each kind of trouble once, as it costs time only."""

from __future__ import annotations

import logging
from pathlib import Path

__all__ = ["reason", "tell"]

_LOG = logging.getLogger("cnnsearch")

_TOLD: set[str] = set()


def tell(root: Path, trouble: str) -> None:
    """Warn of it, unless this process has.

    Args:
        root: of the cache.
        trouble: a clause that says what is wrong, and what follows.
    """
    if trouble not in _TOLD:
        _TOLD.add(trouble)
        _LOG.warning("cache %s: %s; this costs time, and changes no result", root, trouble)


def reason(error: OSError) -> str:
    """Why it failed, in a few words."""
    return (error.strerror or type(error).__name__).lower()
