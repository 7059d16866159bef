"""By what numbers are scaled, and how precisely they must be told in their unit."""

from __future__ import annotations

from typing import Literal

import numpy as np

__all__ = ["scale_of", "told_dtype"]

_FINE = 1e3
"""Spreads between 0 and the mean up to which float32 tells a number to 1e-4 of its spread."""


def scale_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of numbers ``(n, outputs)``, ``(outputs,)`` each; exactly 0 where all are equal."""
    first = values[0]
    apart = values - first  # of large numbers that differ by little, squares of these keep what differs
    return first + apart.mean(axis=0), apart.std(axis=0)


def told_dtype(centre: np.ndarray, spread: np.ndarray) -> Literal["float32", "float64"]:
    """What an exported model gives: float64 only where float32 would lose digits, as small devices have none."""
    return "float32" if (np.abs(centre) <= _FINE * spread).all() else "float64"
