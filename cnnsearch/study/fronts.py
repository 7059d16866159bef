"""Fronts: what no other one beats, of vectors in which more is always better."""

from __future__ import annotations

import bisect
import math
import operator
from collections.abc import Sequence

import numpy as np

__all__ = ["Vector", "dominates", "front_of", "hypervolume", "ranks", "spread_from"]

Vector = tuple[float, ...]
"""One number an objective, more being better."""


def dominates(one: Vector, other: Vector) -> bool:
    """Whether it is as good in all, and better in one."""
    return one != other and all(mine >= his for mine, his in zip(one, other, strict=True))


def front_of(vectors: Sequence[Vector]) -> list[int]:
    """Places of those that no other one dominates, in order."""
    return [place for place, rank in enumerate(ranks(vectors)) if rank == 0]


def ranks(vectors: Sequence[Vector]) -> list[int]:
    """Of each the number of its front: 0 that of all, 1 that of those that are left without it, and so on.

    The nondominated sorting of Deb et al. 2002, in the order and with the search by halves of Zhang et al. 2015
    (ENS-BS): what beats a vector comes before it, and one that a front beats is beaten by all fronts before that.
    """
    fronts: list[list[Vector]] = []
    found: dict[Vector, int] = {}
    for one in sorted({vector for vector in vectors if not any(map(math.isnan, vector))}, reverse=True):
        place, tail = _first_open(fronts, one[1:]), one[1:]  # in the first objective all that came are as good
        if place == len(fronts):
            fronts.append([])
        fronts[place] = [tail, *(other for other in fronts[place] if not _is_as_good(tail, other))]
        found[one] = place
    return [found.get(vector, 0) for vector in vectors]  # what is no number nobody beats


def spread_from(vectors: Sequence[Vector], first: int) -> list[int]:
    """All places, each as far as can be from those before it: any number of the first ones lies along the front.

    Args:
        vectors: each objective counts as much as its range among them.
        first: with which to begin.
    """
    array = np.array(vectors, float)
    width = array.max(axis=0) - array.min(axis=0)
    scaled = (array - array.min(axis=0)) / np.where(width > 0, width, 1.0)
    order = [first]
    nearest = np.linalg.norm(scaled - scaled[first], axis=1)
    while len(order) < len(array):
        nearest[order] = -1.0
        order.append(int(np.argmax(nearest)))  # of equal ones the first
        nearest = np.minimum(nearest, np.linalg.norm(scaled - scaled[order[-1]], axis=1))
    return order


def hypervolume(vectors: Sequence[Vector], reference: Vector) -> float:
    """Volume of what is dominated by some of them and is better than a reference (Zitzler and Thiele 1999).

    Exact, by slices along the last objective; for fronts of some hundred and few objectives.
    """
    kept = [one for one in vectors if all(mine > his for mine, his in zip(one, reference, strict=True))]
    if not kept:
        return 0.0
    if len(reference) == 1:
        return max(one[0] for one in kept) - reference[0]
    levels = sorted({one[-1] for one in kept}, reverse=True)
    volume = 0.0
    for high, low in zip(levels, [*levels[1:], reference[-1]], strict=True):
        slice_ = [one[:-1] for one in kept if one[-1] >= high]
        front = [slice_[place] for place in front_of(slice_)] if len(reference) > 2 else slice_
        volume += (high - low) * hypervolume(front, reference[:-1])
    return volume


def _first_open(fronts: Sequence[Sequence[Vector]], one: Vector) -> int:
    """The first front in which nothing is as good in all."""
    return bisect.bisect_left(fronts, True, key=lambda front: not any(_is_as_good(other, one) for other in front))


def _is_as_good(one: Vector, other: Vector) -> bool:
    return all(map(operator.ge, one, other))
