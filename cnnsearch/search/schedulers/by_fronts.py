"""By fronts: who goes on at a rung where there are several objectives.

Schmucker et al. 2021, Multi-objective Asynchronous Successive Halving (arXiv 2106.12639): trials are ordered front
after front, as in nondominated sorting, and within a front each as far as can be from those before it (its epsilon-net,
EpsNet), so that any number of the first ones lies along it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from cnnsearch.study.fronts import Vector, ranks, spread_from

if TYPE_CHECKING:
    from cnnsearch.search.schedulers.asha import Rule

__all__ = ["by_fronts", "place_in"]

_COMPARED = 256
"""Trials with which one that comes to a rung is compared, the last to come: the order along a front takes the square of
its number, and a search has 10,000."""


def by_fronts(reduction: int) -> Rule:
    """The best ``1 / reduction`` of those that came to the rung go on, the one that comes among them."""

    def goes_on(there: Collection[Vector], own: Vector) -> bool:
        last = list(islice(there, max(0, len(there) - _COMPARED), None))
        return place_in([*last, own]) * reduction < len(last) + 1

    return goes_on


def place_in(vectors: Sequence[Vector]) -> int:
    """The place of the last one in the order of all, from 0 on.

    What has an objective that is not a number comes after all others, in the order given.
    """
    known = [vector for vector in vectors if all(map(math.isfinite, vector))]
    if not known or known[-1] is not vectors[-1]:
        return len(vectors) - 1
    rank = ranks(known)
    front = [place for place, each in enumerate(rank) if each == rank[-1]]
    of_front = [known[place] for place in front]
    first = max(range(len(front)), key=lambda place: (of_front[place], -place))
    return sum(each < rank[-1] for each in rank) + spread_from(of_front, first).index(len(front) - 1)
