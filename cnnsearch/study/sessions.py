"""Sessions: the drivers that worked on a study one after another, each from its beginning to its end or its death."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["begins_of", "busy_seconds", "ends_of", "with_end", "with_session"]

_OF_SESSION = (
    *("started", "command", "git_commit", "python", "packages", "platform", "host", "cpus", "memory_bytes"),
    "startup",
    "replaced",
)


def with_session(environment: Mapping[str, Any], described: Mapping[str, Any], proposed: int) -> dict[str, Any]:
    """``environment.json`` of a study that another driver goes on with.

    Args:
        environment: its content; the first driver stands at its top.
        described: what ``describe_environment`` tells of the new one; ``replaced`` where it goes on in another space or
            with another sampler: what these were before.
        proposed: trials that had been proposed when it began.
    """
    session = {key: described[key] for key in _OF_SESSION if key in described} | {"proposed": proposed}
    return {**environment, "resumed": [*environment.get("resumed", ()), session]}


def with_end(environment: Mapping[str, Any], ended: float) -> dict[str, Any]:
    """``environment.json`` when the driver that works on the study ends.

    Args:
        environment: its content.
        ended: Unix time. Of a trial that was interrupted before its first epoch nothing else tells how long it took.
    """
    *earlier, last = environment.get("resumed", ()) or (environment,)
    told = {**last, "ended": ended}
    return {**environment, "resumed": [*earlier, told]} if "resumed" in environment else told


def ends_of(environment: Mapping[str, Any]) -> list[float]:
    """Unix times at which drivers ended, of those that lived to tell."""
    sessions = [environment, *environment.get("resumed", ())]
    return [float(session["ended"]) for session in sessions if "ended" in session]


def begins_of(environment: Mapping[str, Any]) -> list[float]:
    """Unix time at which each driver began, in their order."""
    sessions = [environment, *environment.get("resumed", ())]
    return [float(session["startup"]["began"]) for session in sessions if session.get("startup")]


def busy_seconds(begins: Sequence[float], times: Iterable[float]) -> float:
    """Seconds during which drivers were at work: each from its beginning to the last thing recorded before the next.

    Args:
        begins: Unix times at which they began.
        times: Unix times of all that was recorded.
    """
    ordered = sorted(times)
    total = 0.0
    for begin, end in pairwise([*sorted(begins), float("inf")]):
        within = [time for time in ordered if begin <= time < end]
        total += within[-1] - begin if within else 0.0
    return total
