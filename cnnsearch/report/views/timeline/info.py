"""What each worker did when: starting up, working on trials, or idle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.study.record.lines import Ended, FinalistLine
from cnnsearch.study.record.sessions import begins_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Span", "TimelineInfo", "Worker", "timeline_info"]


@dataclass(frozen=True)
class Span:
    """One stretch of a worker's time, in seconds from the first proposal, the time between two drivers left out.

    Attributes:
        kind: ``start-up`` (from its process to the first picture: importing TensorFlow, fetching data), ``busy`` or
            ``finalist`` (busy with a run of a finalist).
        trial: what it was busy with, as often as it was given to a worker; of a start-up, the trial that waited for it.
        state: how that trial, or run, ended; INTERRUPTED where it has not.
    """

    kind: str
    start: float
    end: float
    trial: int
    state: str


@dataclass(frozen=True)
class Worker:
    """One process.

    Attributes:
        node, pid: where and which.
        spans: in order of time, not overlapping.
        busy_seconds, startup_seconds, idle_seconds: together the time from the first proposal to the end of the last
            trial of all.
    """

    node: str
    pid: int
    spans: tuple[Span, ...]
    busy_seconds: float
    startup_seconds: float
    idle_seconds: float


@dataclass(frozen=True)
class TimelineInfo:
    """The workers in order of their first span.

    Attributes:
        seconds: from the first proposal to the end of the last trial.
        busy: share of all workers' time that went into trials; ``None`` where there is none.
        unknown: ended trials, and runs of finalists, whose worker is not recorded.
        resumed: when later drivers went on that had trials to run, in seconds as of a :class:`Span`.
    """

    workers: tuple[Worker, ...]
    seconds: float
    busy: float | None
    unknown: int
    resumed: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Work:
    """A trial up to a wait or its end, or a run of a finalist, of which it is known where and when it ran."""

    process: tuple[str, int]
    started: float
    line: Ended
    state: str


def timeline_info(study: Study) -> TimelineInfo:
    ended: list[Ended] = [*study.records, *study.finalist_lines]
    states: dict[int, str] = {line.trial: line.state for line in study.records}
    # Of one that ended where it waited, the end tells of the same stretch as the wait.
    told = {(line.trial, line.started) for line in study.records}
    before = [line for line in study.pauses if (line.trial, line.started) not in told]
    works: list[tuple[Ended, str]] = [(line, line.state) for line in ended]
    works += [(line, states.get(line.trial, "INTERRUPTED")) for line in before]
    known = [
        _Work(process, line.started, line, state)
        for line, state in works
        if (process := line.worker.process) and line.started is not None
    ]
    unknown = sum(not line.worker.process or line.started is None for line in ended)
    if not known or not study.proposals:
        return TimelineInfo((), 0.0, None, unknown)
    at = study.clock.at
    seconds = round(at(max(work.line.ended for work in known)), 3)
    by_worker: dict[tuple[str, int], list[_Work]] = {}
    for work in sorted(known, key=lambda work: (work.started, work.line.trial)):
        by_worker.setdefault(work.process, []).append(work)
    workers = [_worker(*name, works, at, seconds) for name, works in by_worker.items()]
    workers.sort(key=lambda worker: (worker.spans[0].start, worker.node, worker.pid))
    busy = sum(worker.busy_seconds for worker in workers)
    total = seconds * len(workers)
    share = round(busy / total, 6) if total else None
    return TimelineInfo(tuple(workers), seconds, share, unknown, _resumed(study, seconds))


def _resumed(study: Study, seconds: float) -> tuple[float, ...]:
    """Those before the end of the last trial: what went on only to read the test split, say, is not drawn."""
    first = min(proposal.time for proposal in study.proposals)
    moments = (round(study.clock.at(begin), 3) for begin in begins_of(study.environment) if begin > first)
    return tuple(moment for moment in moments if moment < seconds)


def _worker(node: str, pid: int, works: list[_Work], at: Callable[[float], float], seconds: float) -> Worker:
    spans: list[Span] = []
    for work in works:
        # A worker that was replaced by one of the same number, or a clock that was set, must not overlap.
        free = spans[-1].end if spans else 0.0
        started, ready, ended = (max(free, round(at(moment), 3)) for moment in _moments(work))
        trial, state = work.line.trial, work.state
        if ready > started:
            spans.append(Span("start-up", started, ready, trial, state))
        kind = "finalist" if isinstance(work.line, FinalistLine) else "busy"
        spans.append(Span(kind, ready, max(ready, ended), trial, state))
    startup = sum(span.end - span.start for span in spans if span.kind == "start-up")
    busy = sum(span.end - span.start for span in spans if span.kind != "start-up")
    return Worker(
        node, pid, tuple(spans), round(busy, 3), round(startup, 3), round(max(0.0, seconds - busy - startup), 3)
    )


def _moments(work: _Work) -> tuple[float, float, float]:
    """When the worker took the trial, when it could begin to train, and when it ended."""
    started, startup, ended = work.started, work.line.worker.startup, work.line.worked_until
    if startup is None or startup.set_up is None:  # a warm worker
        return started, min(started, ended), ended
    started = min(started, startup.set_up)
    return started, min(max(started, started if startup.fed is None else startup.fed), ended), ended
