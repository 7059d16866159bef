"""What more trials would probably give, from the largest values of those that there were."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["FEWEST", "MOST_AHEAD", "expected_gain"]

FEWEST = 20
"""Trials with a value, before anything is said of more of them."""

MOST_AHEAD = 20
"""Trials that are looked ahead where it is asked whether to go on."""

_SHARE = 4
"""One in so many of the trials makes up the tail, and no fewer than 5."""


def expected_gain(gains: Sequence[float], more: int, room: float | None = None) -> float | None:
    """By how much the best of ``more`` further trials is expected to exceed the best so far.

    The ``k`` largest of ``n`` independent draws are those of an exponential tail, whose scale is their mean excess over
    the next one (Weissman 1978, doi:10.1080/01621459.1978.10480104); by Renyi's representation of its order statistics
    the largest of ``n + m`` exceeds that of ``n`` by the scale times ``H(n + m) - H(n)``. Of a metric with an end the
    tail is lighter, so that rather too much is expected than too little. A sampler that learns draws better ones as it
    goes on, and then what it has found is not yet what it will find: the tail of the newer half counts where its scale
    is the larger one.

    Args:
        gains: of the trials that have a value, in the order of their ends, larger being better.
        more: trials.
        room: between the best and the end of the metric; ``None``: there is no end.

    Returns:
        ``None`` where there are fewer than :data:`FEWEST` trials, or all came to the same.
    """
    count = len(gains)
    if count < FEWEST or max(gains) == min(gains):
        return None  # where all are equal, as by chance alone, there is nothing to tell by
    scale = max(_scale(gains), _scale(gains[count // 2 :]))
    expected = scale * (_harmonic(count + more) - _harmonic(count))
    return expected if room is None else min(expected, room)


def _scale(gains: Sequence[float]) -> float:
    """Mean excess of the largest over the next one."""
    ordered = sorted(gains, reverse=True)
    tail = max(5, len(ordered) // _SHARE)
    return sum(value - ordered[tail] for value in ordered[:tail]) / tail


def _harmonic(count: int) -> float:
    """Sum of ``1 / i`` up to ``count``, to more digits than anybody needs."""
    return math.log(count) + 0.5772156649015329 + 1 / (2 * count) - 1 / (12 * count**2)
