"""Each searched parameter against the objective, with an alarm where the best trials stand at the edge of its range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import settings
from cnnsearch.report.statistics.edges import Edge, edges
from cnnsearch.report.statistics.outcome import spread
from cnnsearch.report.statistics.scale import framed, wide
from cnnsearch.space import Choice, Constant, Int, Parameter
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["Group", "Slice", "SlicePoint", "SlicesInfo", "slices_info"]

MOST_POINTS = 1000
MOST_GROUPS = 8


@dataclass(frozen=True)
class SlicePoint:
    """One trial: ``x`` is the parameter's value, or the position of its option."""

    trial: int
    state: str
    x: float
    value: float


@dataclass(frozen=True)
class Group:
    """Trials of like values of the parameter.

    Attributes:
        low, high: of the values; equal where it is one value.
        trials: with a value of the objective, stopped ones among them.
        median, quarter, three_quarters: quartiles of their objective.
    """

    low: float
    high: float
    trials: int
    quarter: float
    median: float
    three_quarters: float


@dataclass(frozen=True)
class Slice:
    """One parameter.

    Attributes:
        options: texts of the options at positions 0, 1 ...; empty where values are numbers of a range.
        log: whether the range is searched in its logarithm.
        whole: whether its values are few whole numbers.
        points: trials in which it is active and that have a value, in order of their numbers, at most
            :data:`MOST_POINTS`.
        groups: ascending, at most :data:`MOST_GROUPS` of a range, of as equal numbers of trials as ties allow.
        inactive: number of trials with a value in which it is not active.
        edges: the ends of its range at which the best trials stand.
    """

    name: str
    options: tuple[str, ...]
    log: bool
    whole: bool
    points: tuple[SlicePoint, ...]
    groups: tuple[Group, ...]
    inactive: int
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class SlicesInfo:
    """A slice for each searched parameter that took more than one value.

    Attributes:
        best: number of the best trial.
        total: number of trials with a value.
        log: whether the objective spreads so far that only a logarithmic axis shows it.
        frame: ends of its axis where a few trials would squeeze all others; ``None``: those of all values.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    best: int | None
    slices: tuple[Slice, ...]
    total: int
    log: bool
    frame: tuple[float, float] | None = None
    pictures: int = 0


def slices_info(study: Study) -> SlicesInfo:
    found = edges(study)
    shown = set(spread(study, sorted(record.trial for record in study.ranked), MOST_POINTS))
    slices = (
        _slice(study, name, shown, tuple(edge for edge in found if edge.parameter == name))
        for name in study.experiment.space.searched
    )
    values = [record.best_value for record in study.ranked]
    return SlicesInfo(
        metric=study.experiment.objective.metric,
        best=study.best.trial if study.best else None,
        slices=tuple(each for each in slices if len({point.x for point in each.points}) > 1),
        total=len(study.ranked),
        log=wide(values),
        frame=None if wide(values) else framed(values, values[0] if values else None),
        pictures=pictures_of(study, "validation"),
    )


def _slice(study: Study, name: str, shown: set[int], found: tuple[Edge, ...]) -> Slice:
    parameter = study.experiment.space[name]
    points = [
        SlicePoint(record.trial, record.state, x, float(record.best_value))
        for record in study.ranked
        if name in record.config and (x := _position(parameter, record.config[name])) is not None
    ]
    points.sort(key=lambda point: point.trial)
    is_choice = isinstance(parameter, (Choice, Constant))
    return Slice(
        name=name,
        options=settings(list(parameter.values())) if isinstance(parameter, (Choice, Constant)) else (),
        log=not is_choice and parameter.log,  # type: ignore[union-attr]
        whole=isinstance(parameter, Int) and not parameter.log and parameter.high - parameter.low <= MOST_GROUPS,
        points=tuple(point for point in points if point.trial in shown),
        groups=_groups(points),
        inactive=sum(name not in record.config for record in study.ranked),
        edges=found,
    )


def _position(parameter: Parameter, value: object) -> float | None:
    if isinstance(parameter, (Choice, Constant)):
        place = parameter.position(value)
        return None if place is None else float(place)
    return float(value)  # type: ignore[arg-type]


def _groups(points: list[SlicePoint]) -> tuple[Group, ...]:
    """One a value where there are few values; else as many as leave each about ten trials, cut between values."""
    import numpy as np

    if not points:
        return ()
    x = np.array([point.x for point in points])
    y = np.array([point.value for point in points])
    distinct = np.unique(x)
    if len(distinct) <= MOST_GROUPS:
        return tuple(_group(x, y, x == value) for value in distinct)
    number = min(MOST_GROUPS, max(2, math.ceil(len(points) / 10)))
    cuts = np.unique(np.quantile(x, np.linspace(0, 1, number + 1)[1:-1]))
    member = np.searchsorted(cuts, x, side="right")
    return tuple(_group(x, y, member == index) for index in np.unique(member))


def _group(x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> Group:
    import numpy as np

    quarter, median, three_quarters = (float(part) for part in np.quantile(y[inside], (0.25, 0.5, 0.75)))
    return Group(float(x[inside].min()), float(x[inside].max()), int(inside.sum()), quarter, median, three_quarters)
