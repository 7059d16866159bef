"""What each worker did when: starting up, working on trials, or idle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Span", "TimelineInfo", "Worker", "timeline_info"]


@dataclass(frozen=True)
class Span:
    """One stretch of a worker's time, in seconds from the first proposal, the time between two drivers left out.

    Attributes:
        kind: ``start-up`` (from its process to the first picture: importing TensorFlow, fetching data), ``busy`` or
            ``finalist`` (busy with a run of a finalist).
        trial: what it was busy with; of a start-up, the trial that waited for it.
        state: how that trial, or run, ended.
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
    """

    workers: tuple[Worker, ...]
    seconds: float
    busy: float | None
    unknown: int


def timeline_info(study: Study) -> TimelineInfo:
    every = [*study.records, *({**line, "kind": "finalist"} for line in study.finalist_lines)]
    known = [record for record in every if {"node", "pid"} <= set(record["worker"]) and record["started"] is not None]
    if not known or not study.proposals:
        return TimelineInfo((), 0.0, None, len(every) - len(known))
    at = study.clock.at
    seconds = round(at(max(record["ended"] for record in known)), 3)
    by_worker: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for record in sorted(known, key=lambda record: (record["started"], record["trial"])):
        by_worker.setdefault((record["worker"]["node"], record["worker"]["pid"]), []).append(record)
    workers = [_worker(*name, records, at, seconds) for name, records in by_worker.items()]
    workers.sort(key=lambda worker: (worker.spans[0].start, worker.node, worker.pid))
    busy = sum(worker.busy_seconds for worker in workers)
    total = seconds * len(workers)
    return TimelineInfo(tuple(workers), seconds, round(busy / total, 6) if total else None, len(every) - len(known))


def _worker(node: str, pid: int, records: list[dict[str, Any]], at: Callable[[float], float], seconds: float) -> Worker:
    spans: list[Span] = []
    for record in records:
        # A worker that was replaced by one of the same number, or a clock that was set, must not overlap.
        free = spans[-1].end if spans else 0.0
        started, ready, ended = (max(free, round(at(moment), 3)) for moment in _moments(record))
        if ready > started:
            spans.append(Span("start-up", started, ready, record["trial"], record["state"]))
        spans.append(Span(record.get("kind", "busy"), ready, max(ready, ended), record["trial"], record["state"]))
    startup = sum(span.end - span.start for span in spans if span.kind == "start-up")
    busy = sum(span.end - span.start for span in spans if span.kind != "start-up")
    return Worker(
        node, pid, tuple(spans), round(busy, 3), round(startup, 3), round(max(0.0, seconds - busy - startup), 3)
    )


def _moments(record: Mapping[str, Any]) -> tuple[float, float, float]:
    """When the worker took the trial, when it could begin to train, and when it ended."""
    startup = record["worker"].get("startup") or {}
    if "set_up" not in startup:  # a warm worker
        startup = {}
    started = min(record["started"], startup.get("set_up", record["started"]))
    return started, min(max(started, startup.get("fed", started)), record["ended"]), record["ended"]
