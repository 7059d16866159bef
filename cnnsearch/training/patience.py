"""Patience: how long a phase of a trial has waited for its next improvement, as Keras's EarlyStopping counts it."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["waited"]


def waited(scores: Iterable[float], min_delta: float) -> int:
    """Epochs since the last improvement. Counted from the scores alone, so that no state outlives a phase.

    Args:
        scores: of the epochs of one phase, larger being better.
        min_delta: by which an epoch must exceed the last improvement to be one.
    """
    best, count = -math.inf, 0
    for score in scores:
        count += 1
        if score > best + min_delta:
            best, count = score, 0
    return count
