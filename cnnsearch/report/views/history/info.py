"""How the best value grew over the trials and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.best_so_far import Point, best_so_far
from cnnsearch.report.statistics.outcome import INTERRUPTED, RUNNING, spread
from cnnsearch.report.statistics.scale import framed, wide
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.expected_gain import expected_gain
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.study import STATES

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MOST_POINTS", "HistoryInfo", "Point", "history_info"]

MOST_POINTS = 1000


@dataclass(frozen=True)
class HistoryInfo:
    """Best value so far.

    Attributes:
        basis: the state of the trials that the two lines count: COMPLETED, or STOPPED where none completed.
        points: the trials in order of their numbers, at most :data:`MOST_POINTS`.
        by_trial: ``(trial, best value so far)`` for each counted trial, in order of the numbers.
        by_time: ``(minutes, best value so far)`` for each counted trial, in order of their ends.
        by_worker_hours: ``(worker hours, best value so far)``, likewise.
        total: number of all trials; the lines are of all that they count.
        log: whether the values are so far apart that only a logarithmic axis shows them.
        frame: ends of the vertical axis where a few trials would squeeze all others; ``None``: those of all values.
        expected: by how much as many trials again would probably improve the best value; ``None`` where there are too
            few to tell.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    mode: str
    basis: str
    points: tuple[Point, ...]
    by_trial: tuple[tuple[int, float], ...]
    by_time: tuple[tuple[float, float], ...]
    by_worker_hours: tuple[tuple[float, float], ...]
    total: int
    log: bool
    expected: float | None = None
    frame: tuple[float, float] | None = None
    pictures: int = 0

    @property
    def states(self) -> tuple[str, ...]:
        """Of the legend: as a sweep runs, no trial is interrupted."""
        runs = any(point.state == RUNNING for point in self.points)
        return (*STATES, RUNNING if runs else INTERRUPTED)


def history_info(study: Study) -> HistoryInfo:
    objective, found = study.experiment.objective, best_so_far(study)
    shown = set(spread(study, [point.trial for point in found.points], MOST_POINTS))
    values = [point.value for point in found.points if point.value is not None]
    return HistoryInfo(
        metric=objective.metric,
        mode=str(objective.mode),
        basis=found.basis,
        points=tuple(point for point in found.points if point.trial in shown),
        by_trial=found.by_trial,
        by_time=found.by_time,
        by_worker_hours=found.by_worker_hours,
        total=len(found.points),
        log=wide(values),
        expected=_expected(study),
        frame=None if wide(values) else framed(values, found.by_trial[-1][1] if found.by_trial else None),
        pictures=pictures_of(study, "validation"),
    )


def _expected(study: Study) -> float | None:
    """Of as many trials again, by the largest values of those that ended."""
    ranking, bound = Ranking.of(study.experiment), study.experiment.objective.bound
    valued = [line for line in sorted(study.records, key=lambda line: line.ended) if ranking.score(line) is not None]
    if not valued:
        return None
    gains = [ranking.gain(line.best_value) for line in valued]
    # Of several objectives the first of the ranking need not be the best in the metric.
    best = max(study.ranked, key=lambda line: (line.state == study.ranked[0].state, ranking.gain(line.best_value)))
    return expected_gain(gains, len(gains), None if bound is None else abs(bound - best.best_value))
