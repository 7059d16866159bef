"""Deaths of workers: whether what a worker held goes to another one, and what is said where it does not."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["DIED", "MEMORY", "died_of", "in_words", "is_death", "may_go_on"]

DIED = "worker died"
MEMORY = "worker died: Ray's memory monitor ended it, as the node was running out of memory"
"""Why a worker died; of a shortage of memory, which hardly goes better another time."""


def died_of(cause: str) -> str:
    """Why a worker died that raised an error of that first line, where a trial's own error would have been its end."""
    return f"{DIED}: {cause}"


def is_death(why: str) -> bool:
    """Whether a job went to another worker because the one that had it died."""
    return why.startswith(DIED)


def may_go_on(deaths: Sequence[str], most: int) -> bool:
    """Whether another worker is to take over.

    Args:
        deaths: of the workers that had it, each :data:`DIED`, :data:`MEMORY`, or :func:`died_of` something.
        most: deaths that are put up with; of those for want of memory one at most.
    """
    return len(deaths) <= most and deaths.count(MEMORY) <= 1


def in_words(deaths: Sequence[str]) -> str:
    """The reason of a failure by these deaths, as ``worker died 2 times``; with the cause of the last one, if known."""
    times = "once" if len(deaths) == 1 else f"{len(deaths)} times"
    _, colon, cause = deaths[-1].partition(": ")
    return f"{DIED} {times}{colon}{cause}"
