"""What more trials would probably give, from the largest values of those that there were."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["FEWEST", "MOST_AHEAD", "expected_gain", "trials_to_gain_less", "trials_to_reach"]

FEWEST = 20
"""Trials with a value, before anything is said of more of them."""

MOST_AHEAD = 20
"""Trials that are looked ahead where it is asked whether to go on."""

_SHARE = 4
"""One in so many of the trials makes up the tail, and no fewer than :data:`_LEAST_TAIL`."""

_LEAST_TAIL = 5


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


def trials_to_reach(gains: Sequence[float], target: float, most: int) -> float:
    """How many of ``most`` further trials will probably be run until one reaches a target, by the same tail.

    Args:
        gains: of the trials that have a value, none of which reached it.
        target: as a gain.
        most: trials.
    """
    tail = _tail(len(gains))
    if len(gains) <= tail or (scale := _scale(gains)) == 0.0:
        return most
    beyond = target - sorted(gains, reverse=True)[tail]
    chance = tail / len(gains) * math.exp(-max(0.0, beyond) / scale)
    if chance == 0.0:
        return most
    return -math.expm1(most * math.log1p(-chance)) / chance  # mean of a geometric number, cut at the last one


def trials_to_gain_less(gains: Sequence[float], least: float, most: int, room: float | None = None) -> float:
    """How many of ``most`` further trials are run until :data:`MOST_AHEAD` more are expected to gain less than this.

    Args:
        gains: of the trials that have a value, in the order of their ends.
        least: of the gain.
        most: trials.
        room: as of :func:`expected_gain`.
    """
    count = len(gains)
    if count <= _LEAST_TAIL or max(gains) == min(gains):
        return most
    scale = max(_scale(gains), _scale(gains[count // 2 :]) if count // 2 > _LEAST_TAIL else 0.0)
    first = max(0, FEWEST - count)
    if room is not None and room < least:
        return min(first, most)
    for more in range(first, most):
        if scale * (_harmonic(count + more + MOST_AHEAD) - _harmonic(count + more)) < least:
            return more
    return most


def _tail(count: int) -> int:
    """Of so many values, how many are its largest."""
    return max(_LEAST_TAIL, count // _SHARE)


def _scale(gains: Sequence[float]) -> float:
    """Mean excess of the largest over the next one."""
    ordered = sorted(gains, reverse=True)
    tail = _tail(len(ordered))
    return sum(value - ordered[tail] for value in ordered[:tail]) / tail


def _harmonic(count: int) -> float:
    """Sum of ``1 / i`` up to ``count``, to more digits than anybody needs."""
    return math.log(count) + 0.5772156649015329 + 1 / (2 * count) - 1 / (12 * count**2)
