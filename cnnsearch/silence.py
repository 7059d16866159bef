"""Silence: what a library writes to standard error past Python's own logging, kept off the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from cnnsearch.together import Together

__all__ = ["silence"]


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Send file descriptor 2 nowhere for the time of the block; errors that are raised are not touched.

    TensorFlow's start-up messages come from C++ before any of its settings is read. Of several threads the last one
    brings it back: each by itself would bring back what another one had put there.
    """
    with _together.used(_silence):
        yield


_together = Together()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
