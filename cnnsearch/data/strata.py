"""Draws that keep the shares of the strata, such as the classes of a data set."""

from __future__ import annotations

import numpy as np

__all__ = ["allocate", "draw"]


def allocate(counts: np.ndarray, share: float) -> np.ndarray:
    """How many of each stratum make up ``share`` of all, by largest remainder, and at least one of each.

    Each is within one of ``share * counts``.
    """
    exact = counts * share
    whole = np.floor(exact).astype(np.int64)
    missing = max(0, int(counts.sum() * share + 0.5) - int(whole.sum()))
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return np.maximum(whole, 1)


def draw(strata: np.ndarray, take: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sorted indices of ``take[stratum]`` members of each stratum, drawn without replacement.

    Args:
        strata: ``(n,)`` stratum of each member, counted from 0.
        take: ``(strata,)`` how many of each.
        rng: source of the draw.
    """
    drawn = [
        rng.permutation(np.flatnonzero(strata == stratum))[:wanted] for stratum, wanted in enumerate(take.tolist())
    ]
    return np.sort(np.concatenate(drawn)).astype(np.int64)
