"""The best value so far, over the trials, over time and over the hours of all workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cnnsearch.report.statistics.once import once
from cnnsearch.report.statistics.outcome import described, outcomes

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BestSoFar", "Point", "best_so_far"]

X = TypeVar("X", int, float)


@dataclass(frozen=True)
class Point:
    """One trial.

    Attributes:
        state: how it ended, or ``INTERRUPTED``, or ``RUNNING``.
        value: its objective; ``None`` where it has none.
        minutes: of work from the first proposal to its end (where it has none: to its last epoch, or to its proposal).
        worker_hours: that all trials together had worked by then, those among them that ended later.
        config: its searched parameters, one text each.
    """

    trial: int
    state: str
    value: float | None
    minutes: float
    worker_hours: float
    config: tuple[str, ...]


@dataclass(frozen=True)
class BestSoFar:
    """All trials of a study, and the best value so far.

    Attributes:
        basis: the state of the trials that the lines count: COMPLETED, or STOPPED where none completed.
        points: the trials in order of their numbers.
        by_trial: ``(trial, best value so far)`` for each counted trial, in order of the numbers.
        by_time: ``(minutes, best value so far)`` for each counted trial, in order of their ends.
        by_worker_hours: ``(worker hours, best value so far)``, likewise.
    """

    basis: str
    points: tuple[Point, ...]
    by_trial: tuple[tuple[int, float], ...]
    by_time: tuple[tuple[float, float], ...]
    by_worker_hours: tuple[tuple[float, float], ...]


@once
def best_so_far(study: Study) -> BestSoFar:
    points, sign = tuple(_points(study)), study.experiment.objective.sign
    candidates = [point for point in points if point.trial not in study.broken_limits]
    basis = "COMPLETED" if any(point.state == "COMPLETED" for point in candidates) else "STOPPED"
    counted = [(point, point.value) for point in candidates if point.state == basis and point.value is not None]
    in_time = sorted(counted, key=lambda pair: (pair[0].minutes, pair[0].trial))
    return BestSoFar(
        basis,
        points,
        by_trial=_best_so_far([(point.trial, value) for point, value in counted], sign),
        by_time=_best_so_far([(point.minutes, value) for point, value in in_time], sign),
        by_worker_hours=_best_so_far([(point.worker_hours, value) for point, value in in_time], sign),
    )


def _points(study: Study) -> list[Point]:
    if not study.proposals:
        return []
    ends = {proposal.trial: proposal.time for proposal in study.proposals}
    last: dict[int, float] = {}
    for line in study.epochs:
        if line.time is not None:
            last[line.trial] = max(line.time, last.get(line.trial, line.time))
    ends.update(last)
    ends.update({record.trial: record.ended for record in study.records})
    configs = {proposal.trial: proposal.config for proposal in study.proposals}
    configs |= {record.trial: record.config for record in study.records}
    values = {record.trial: record.value for record in study.records if record.state != "FAILED"}
    hours = _worker_hours(study, ends)
    return [
        Point(
            trial,
            state,
            values.get(trial),
            round(study.clock.at(ends[trial]) / 60, 6),
            hours[trial],
            described(study, configs[trial]),
        )
        for trial, state in outcomes(study).items()
    ]


def _worker_hours(study: Study, ends: dict[int, float]) -> dict[int, float]:
    """Trial -> hours that the trials had worked, all together, when it ended."""
    at = study.clock.at
    begun = {proposal.trial: at(proposal.time) for proposal in study.proposals}
    begun.update({line.trial: at(line.worked_until) - line.worked_seconds for line in study.records})
    trials = list(ends)
    waited = {line.trial: line.worked_until for line in study.records}
    moments, finish = (np.array([at(each[trial]) for trial in trials]) for each in (ends, {**ends, **waited}))
    start = np.minimum([begun[trial] for trial in trials], finish)
    # Of every trial so much as lies before the moment: what all had begun by then, less what had ended.
    worked = _total_before(start, moments) - _total_before(finish, moments)
    return {trial: round(float(seconds) / 3600, 9) for trial, seconds in zip(trials, worked, strict=True)}


def _total_before(moments: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Sum over all earlier ``moments`` of the time from there to each of ``until``."""
    ordered = np.sort(moments) - moments.min()
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    number = np.searchsorted(ordered, until - moments.min(), side="right")
    return np.asarray(number * (until - moments.min()) - sums[number])


def _best_so_far(pairs: list[tuple[X, float]], sign: float) -> tuple[tuple[X, float], ...]:
    line: list[tuple[X, float]] = []
    for x, value in pairs:
        better = not line or sign * value > sign * line[-1][1]
        line.append((x, value if better else line[-1][1]))
    return tuple(line)
