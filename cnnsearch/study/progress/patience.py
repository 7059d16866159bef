"""How many trials a search still has that ends when nothing better came for some."""

from __future__ import annotations

import functools

__all__ = ["expected_trials"]


@functools.lru_cache(maxsize=8)  # asked for at each report, and the same until a trial ends
def expected_trials(ended: int, since: int, patience: int, most: int) -> float:
    """Mean number of trials to come, where all are alike: the n-th is the best with a chance of 1/n (Renyi 1962).

    Args:
        ended: trials with a value.
        since: of these, after the best one.
        patience: the search ends after so many that are not better.
        most: trials that there may still be.
    """
    coming = [0.0] * (patience + 1)  # by the trials since the best one, from the last trial back to the next
    for after in reversed(range(most)):
        chance = 1.0 / (ended + after + 1)
        coming = [1 + chance * coming[0] + (1 - chance) * coming[least + 1] for least in range(patience)] + [0.0]
    return coming[min(since, patience)]
