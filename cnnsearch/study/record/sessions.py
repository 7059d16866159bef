"""Sessions: the drivers that worked on a study one after another, each from its beginning to its end or its death."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.space import Space

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = [
    "WorkClock",
    "begins_of",
    "busy_seconds",
    "clock_of",
    "ends_of",
    "exhausted_of",
    "replaced_spaces",
    "with_begin",
    "with_end",
    "with_session",
]

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
    resumed = [*environment.get("resumed", ()), session]
    written = {"format": described["format"]} if "format" in described else {}
    return {**environment, **written, "resumed": resumed}


def with_begin(environment: Mapping[str, Any], reached: float) -> dict[str, Any]:
    """``environment.json`` when the driver that works on the study comes to the study's own search.

    It is told as if nothing else had come between that and what the driver did at its beginning.

    Args:
        environment: its content.
        reached: Unix time; before were the searches of nested cross-validation, which are studies of their own.
    """
    *earlier, last = environment.get("resumed", ()) or (environment,)
    startup = last.get("startup", {})
    began = reached - sum(startup.get(f"{what}_seconds", 0.0) for what in ("ray", "data", "pace"))
    told = {**last, "startup": {**startup, "began": began}}
    return {**environment, "resumed": [*earlier, told]} if "resumed" in environment else told


def with_end(environment: Mapping[str, Any], ended: float, exhausted: int | None = None) -> dict[str, Any]:
    """``environment.json`` when the driver that works on the study ends.

    Args:
        environment: its content.
        ended: Unix time. Of a trial that was interrupted before its first epoch nothing else tells how long it took.
        exhausted: where its sampler had no other config, how many it had refused last: no proposal tells of them.
    """
    *earlier, last = environment.get("resumed", ()) or (environment,)
    told = {**last, "ended": ended, **({} if exhausted is None else {"exhausted": exhausted})}
    return {**environment, "resumed": [*earlier, told]} if "resumed" in environment else told


def ends_of(environment: Mapping[str, Any]) -> list[float]:
    """Unix times at which drivers ended, of those that lived to tell."""
    sessions = [environment, *environment.get("resumed", ())]
    return [float(session["ended"]) for session in sessions if "ended" in session]


def exhausted_of(environment: Mapping[str, Any]) -> int | None:
    """Configs that were refused last, where the last driver had none left; ``None``: it had, or could not tell."""
    *_, last = environment.get("resumed", ()) or (environment,)
    found = last.get("exhausted")
    return None if found is None else int(found)


def begins_of(environment: Mapping[str, Any]) -> list[float]:
    """Unix time at which each driver began, in their order."""
    sessions = [environment, *environment.get("resumed", ())]
    return [float(session["startup"]["began"]) for session in sessions if "began" in session.get("startup", {})]


def replaced_spaces(environment: Mapping[str, Any]) -> list[Space]:
    """The spaces that a study had before it went on in others.

    Raises:
        InputError: what ``environment.json`` tells is none.
    """
    spaces = []
    for session in environment.get("resumed", ()):
        replaced = session.get("replaced") if isinstance(session, Mapping) else None
        given = replaced.get("space", {}) if isinstance(replaced, Mapping) else {}
        try:
            spaces.append(Space.from_dict(given))
        except (InputError, AttributeError, TypeError) as error:
            raise InputError(Problem("environment.json", f"tells a space that is none: {error}")) from None
    return spaces


class WorkClock:
    """Goes while drivers are at work: each from its beginning to the last thing recorded before the next began.

    Args:
        begins: Unix times at which they began.
        times: Unix times of all that was recorded.
    """

    def __init__(self, begins: Iterable[float], times: Iterable[float]) -> None:
        starts = sorted(begins)
        ends = list(starts)
        for time in times:
            session = bisect_right(starts, time) - 1
            if session >= 0:
                ends[session] = max(ends[session], time)
        self._stretches = tuple(zip(starts, ends, strict=True))

    def at(self, moment: float) -> float:
        """Seconds that it has gone at a Unix time."""
        return sum(min(max(moment, begin), end) - begin for begin, end in self._stretches)

    @property
    def seconds(self) -> float:
        """That it went in all."""
        return sum(end - begin for begin, end in self._stretches)


def clock_of(study: Study) -> WorkClock:
    """Goes from the first proposal on while a driver is at work: what it tells adds up over all sessions."""
    times = [line.time for line in study.proposals] + [line.ended for line in study.records]
    times += [line.ended for line in (*study.finalist_lines, *study.refits)]
    if study.in_flight or study.environment.get("resumed"):  # else the ends are later than all epochs
        times += [line.time for line in study.epochs if line.time is not None]
    if not study.proposals:
        return WorkClock([], [])
    times += ends_of(study.environment)
    first = min(line.time for line in study.proposals)
    return WorkClock([first, *(begin for begin in begins_of(study.environment) if begin > first)], times)


def busy_seconds(begins: Sequence[float], times: Iterable[float]) -> float:
    """Seconds during which drivers were at work; arguments as of :class:`WorkClock`."""
    return WorkClock(begins, times).seconds
