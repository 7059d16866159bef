"""Drawing: the order of the training pictures in an epoch in which some are drawn more often than others."""

from __future__ import annotations

import numpy as np

__all__ = ["drawn"]


def drawn(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """As many pictures as there are, in an order at random, ``(n,)`` indices.

    Systematic sampling: each picture is drawn as often as its weight says, but for what is left of a whole number.

    Args:
        rng: of the epoch.
        weights: relative ones, ``(n,)``, above 0.
    """
    count = len(weights)
    order = rng.permutation(count)
    order = order[
        np.argsort(weights[order], kind="stable")
    ]  # equal weights together: as many of them as they should be
    ends = np.cumsum(weights[order])
    ends *= count / ends[-1]
    ends[-1] = count  # whatever was rounded
    times = np.diff(np.floor(ends + rng.random()), prepend=0.0).astype(int)
    found: np.ndarray = rng.permutation(np.repeat(order, times))
    return found
