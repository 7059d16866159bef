"""Precision: Keras's dtype policy for the layers made within a block of code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

__all__ = ["precision"]


@contextlib.contextmanager
def precision(policy: str) -> Iterator[None]:
    """While it lasts, layers are made under Keras's dtype policy of that name."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
