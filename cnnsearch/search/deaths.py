"""Deaths of workers: whether what a worker held goes to another one, and what is said where it does not."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["DIED", "MEMORY", "in_words", "may_go_on"]

DIED = "worker died"
MEMORY = "worker died: Ray's memory monitor ended it, as the node was running out of memory"
"""Why a worker died; of a shortage of memory, which hardly goes better another time."""


def may_go_on(deaths: Sequence[str], most: int) -> bool:
    """Whether another worker is to take over.

    Args:
        deaths: of the workers that had it, each :data:`DIED` or :data:`MEMORY`.
        most: deaths that are put up with; of those for want of memory one at most.
    """
    return len(deaths) <= most and deaths.count(MEMORY) <= 1


def in_words(deaths: Sequence[str]) -> str:
    """The reason of a failure by these deaths, as ``worker died 2 times``; with the cause of the last one, if known."""
    times = "once" if len(deaths) == 1 else f"{len(deaths)} times"
    _, colon, cause = deaths[-1].partition(": ")
    return f"{DIED} {times}{colon}{cause}"
