"""How soon each of several studies reached what all of them reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.best_so_far import BestSoFar, best_so_far
from cnnsearch.report.statistics.comparable import fewest_pictures, shared_metric
from cnnsearch.report.statistics.scale import wide
from cnnsearch.study.study import STATES

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Progress", "TargetInfo", "target_info"]


@dataclass(frozen=True)
class Progress:
    """One study on its way.

    Attributes:
        line: ``(minutes, best value so far)`` where it rose, and at the end.
        minutes: until it reached the target; ``None`` where there is none.
        trials: that had ended by then, the one that reached it included.
    """

    name: str
    line: tuple[tuple[float, float], ...]
    minutes: float | None
    trials: int | None


@dataclass(frozen=True)
class TargetInfo:
    """Time to a target.

    Attributes:
        metric: that all studies share; ``None`` where they do not.
        target: the best value that every study reached; ``None`` where one of them has no value.
        pictures: of validation, in the study that has the fewest.
    """

    metric: str | None
    target: float | None
    studies: tuple[Progress, ...]
    log: bool
    pictures: int = 0


def target_info(studies: Sequence[Study]) -> TargetInfo:
    metric = shared_metric(studies)
    found = [best_so_far(study) for study in studies]
    lines = [each.by_time for each in found]
    sign = studies[0].experiment.objective.sign
    bests = [line[-1][1] for line in lines if line]
    target = min(bests, key=lambda value: sign * value) if metric and len(bests) == len(studies) else None
    return TargetInfo(
        metric=metric,
        target=target,
        studies=tuple(_progress(study.name, each, target, sign) for study, each in zip(studies, found, strict=True)),
        log=wide([value for line in lines for _, value in line]),
        pictures=fewest_pictures(studies),
    )


def _progress(name: str, found: BestSoFar, target: float | None, sign: float) -> Progress:
    line = found.by_time
    reached = next((minutes for minutes, value in line if target is not None and sign * value >= sign * target), None)
    ends = len(line) - 1
    kept = [point for place, point in enumerate(line) if place in (0, ends) or point[1] != line[place - 1][1]]
    if reached is None:
        return Progress(name, tuple(kept), None, None)
    ended = sum(point.state in STATES and point.minutes <= reached for point in found.points)
    return Progress(name, tuple(kept), reached, ended)
