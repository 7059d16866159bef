"""How long trials are in the mean, where each rung of a scheduler lets only its share go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.search.schedulers.hyperband import graces_of, sizes_of

__all__ = ["mean_epochs", "shares_going_on"]


def mean_epochs(name: str, options: Mapping[str, Any], epochs: int, rungs: Sequence[int]) -> float:
    """Mean epochs a trial, at the least.

    Args:
        name: of the scheduler.
        options: of it.
        epochs: of a full trial.
        rungs: epochs after which it may stop trials.
    """
    if not rungs:
        return float(epochs)
    if name in ("asha", "pasha"):  # whose best go on as those of asha in the end
        return _halved(rungs, options["reduction"], epochs)
    if name == "hyperband":
        graces, reduction = graces_of(options, epochs), options["reduction"]
        sizes = sizes_of(len(graces), reduction)
        means = [_halved([rung for rung in rungs if rung >= grace], reduction, epochs) for grace in graces]
        return float(sum(size * mean for size, mean in zip(sizes, means, strict=True)) / sum(sizes))
    return float(rungs[0])


def _halved(rungs: Sequence[int], reduction: int, epochs: int) -> float:
    """Of successive halving with these rungs."""
    mean, share, before = 0.0, 1.0, 0
    for rung in (*rungs, epochs):
        mean += share * (rung - before)
        share /= reduction
        before = rung
    return mean


def shares_going_on(name: str, options: Mapping[str, Any], epochs: int, rungs: Sequence[int]) -> dict[int, float]:
    """Of the trials that come to each rung, the share that goes on, as it is expected before any has been judged.

    Args:
        name: of the scheduler.
        options: of it.
        epochs: of a full trial.
        rungs: epochs after which it may stop trials.
    """
    if not rungs:
        return {}
    if name in ("asha", "pasha"):
        return dict.fromkeys(rungs, 1.0 / options["reduction"])
    if name == "hyperband":
        graces, reduction = graces_of(options, epochs), options["reduction"]
        coming = list(map(float, sizes_of(len(graces), reduction)))
        found: dict[int, float] = {}
        for rung in rungs:
            going = [count / reduction if rung >= grace else count for count, grace in zip(coming, graces, strict=True)]
            found[rung] = sum(going) / sum(coming)
            coming = going
        return found
    return {rungs[0]: 0.5}  # half of them are below the median; what is not is rarely stopped later
