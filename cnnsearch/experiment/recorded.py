"""Whether an experiment is read from a study's record, where rules that came later do not hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["FORMER", "is_recorded", "reading_a_record"]

FORMER = {"defaults": 1, "start": "none", "never_stopped": "none", "checks": {}}
"""Keys that came later -> what a study that was recorded without them did."""

_READING: ContextVar[bool] = ContextVar("reading_a_record", default=False)


@contextlib.contextmanager
def reading_a_record() -> Iterator[None]:
    """In here an experiment is one that has run: what would be refused today must stay readable."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)


def is_recorded() -> bool:
    """Whether the experiment that is being checked has run."""
    return _READING.get()
