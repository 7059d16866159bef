"""What resamples cannot show: a class all of whose pictures are right is all right in each of them.

Of 7 pictures that are all right the class may still be wrong in a third of all others, and a mean over classes has
its part of that. Wilson's interval is where the score test does not refuse a share; that of a weighted sum of shares
is where it refuses none that make the sum (Newcombe 1998, Statistics in Medicine 17, 873-890, for two of them). Where
``n_k`` of ``n_k`` pictures are right, shares ``e_k`` of wrong ones are not refused as long as the sum of ``n_k e_k /
(1 - e_k)`` is at most ``z^2``; the largest weighted sum of these is what may be unseen. Of one class it is Wilson's;
of classes of one size with equal weights it is Wilson's of all their pictures; where one is much smaller, it is
nearly all of that one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.tasks.contract.predictions import Counting, Part, Parted

if TYPE_CHECKING:
    from cnnsearch.report.statistics.clusters import Clusters
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["unseen", "widened"]

_SQUARE = 1.959963984540054**2
"""Of the two-sided 95% point of the normal distribution."""


def unseen(predictions: Sequence[Predictions], metric: str, clusters: Clusters) -> tuple[float, float]:
    """By how much a metric may be lower for classes all of whose pictures are right, and higher for those all wrong.

    Args:
        predictions: of the same pictures, of one training or of several: what varies in one of these is seen.
        metric: its name.
        clusters: of the pictures.
    """
    told = [tuple(_parts(each, metric)) for each in predictions]
    if not told or len({len(parts) for parts in told}) != 1:
        return 0.0, 0.0
    lower: list[tuple[float, float]] = []
    higher: list[tuple[float, float]] = []
    for of_runs in zip(*told, strict=True):
        part = of_runs[0]
        shares = {float(each.right[each.among].mean()) for each in of_runs}
        if shares in ({1.0}, {0.0}):
            found = lower if shares == {1.0} else higher
            found.append((part.weight, clusters.worth(part.right.astype(bool), part.among)))
    return _largest(lower), _largest(higher)


def widened(value: float, low: float, high: float, by: tuple[float, float]) -> tuple[float, float]:
    """An interval of a value and what may be unseen, which are independent, in one.

    Each end is as far from the value as the root of both squared distances (Zou and Donner 2008, Statistics in Medicine
    27, 1693-1702).
    """
    below, above = by
    return value - math.hypot(value - low, below), value + math.hypot(high - value, above)


def _parts(predictions: Predictions, metric: str) -> Iterable[Part]:
    counted = predictions.counted_for(metric) if isinstance(predictions, Counting) else None
    if counted is not None:
        right, among = counted
        return [Part(1.0, among, right)] if among.any() else []
    return predictions.parts_of(metric) if isinstance(predictions, Parted) else []


def _largest(parts: Sequence[tuple[float, float]]) -> float:
    """The largest sum of ``w e`` over weights and numbers of pictures, ``(w, n)``, that the score test does not refuse.

    With ``e = x / (n + x)`` it is that of ``w x / (n + x)`` where the ``x`` have the sum ``z^2``: it is largest where
    ``w n / (n + x)^2`` is the same for all that have an ``x`` above 0, and these are the ones of the largest ``w / n``.
    """
    ordered = sorted(parts, key=lambda part: part[0] / part[1], reverse=True)
    weights, sizes = (np.array([part[place] for part in ordered], float) for place in (0, 1))
    if not len(ordered):
        return 0.0
    # Were the first k those with an x, it would be this root of (n + x) / (w n).
    roots = (_SQUARE + np.cumsum(sizes)) / np.cumsum(np.sqrt(weights * sizes))
    more = np.flatnonzero(weights[1:] / sizes[1:] <= 1 / roots[:-1] ** 2)
    many = int(more[0]) + 1 if len(more) else len(ordered)
    reached = roots[many - 1] * np.sqrt(weights[:many] * sizes[:many])
    return float((weights[:many] * (1 - sizes[:many] / reached)).sum())
