"""The searched parameters of every trial, side by side with its objective."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import compact, settings
from cnnsearch.report.statistics.outcome import described, spread, winning
from cnnsearch.report.statistics.scale import wide
from cnnsearch.space import Choice, Constant, Parameter
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["INACTIVE", "MOST_LINES", "Axis", "Line", "ParallelInfo", "parallel_info"]

INACTIVE = -0.15
"""Level below the axes for a conditional parameter that a trial has not, and for a failed trial's objective."""

MOST_LINES = 200


@dataclass(frozen=True)
class Axis:
    """One vertical axis from 0 to 1.

    Attributes:
        ticks: ``(position, text)``, ascending.
        conditional: whether some trials have not this parameter.
    """

    name: str
    ticks: tuple[tuple[float, str], ...]
    conditional: bool = False


@dataclass(frozen=True)
class Line:
    """One trial.

    Attributes:
        state: ``COMPLETED``, ``STOPPED`` or ``FAILED``.
        positions: where it crosses each axis, the objective's last; :data:`INACTIVE` where it has no value.
        shade: 0 for the worst tenth of the trials to 1 for the best trial; ``None`` where it has no value.
        config: its searched parameters, one text each.
    """

    trial: int
    state: str
    value: float | None
    positions: tuple[float, ...]
    shade: float | None
    config: tuple[str, ...]


@dataclass(frozen=True)
class ParallelInfo:
    """Parallel coordinates.

    Attributes:
        axes: the searched parameters in order of the file, then the objective, on which better is higher.
        lines: about :data:`MOST_LINES` at most, better ones later, the winner last.
        best: number of the winner, which finalists may have named.
        named: whether finalists named it, so that others may stand higher in the search.
        total: number of ended trials, drawn or not.
        shades: objective value of shade 0 and of shade 1; ``None`` where no trial has a value.
        chosen: whether the winner was chosen by several objectives, so that others may stand higher, too.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    axes: tuple[Axis, ...]
    lines: tuple[Line, ...]
    best: int | None
    named: bool
    total: int
    shades: tuple[float, float] | None
    chosen: bool = False
    pictures: int = 0


@dataclass(frozen=True)
class _Scale:
    """Places numbers between 0 and 1; ``low`` is at 1 where ``turned``."""

    low: float
    high: float
    log: bool = False
    turned: bool = False

    def at(self, value: float) -> float:
        if self.low == self.high:
            return 0.5
        low, high, value = (math.log(x) if self.log else x for x in (self.low, self.high, value))
        place = min(max((value - low) / (high - low), 0.0), 1.0)
        return round(1 - place if self.turned else place, 6)

    def ticks(self, values: Sequence[float]) -> tuple[tuple[float, str], ...]:
        return tuple(sorted((self.at(value), compact(value)) for value in values))


def parallel_info(study: Study) -> ParallelInfo:
    space, sign = study.experiment.space, study.experiment.objective.sign
    values = {record.trial: record.best_value for record in study.ranked}
    scale = _objective_scale(list(values.values()), sign)
    shades = _shades(list(values.values()), sign)
    records = {record.trial: record for record in study.records}
    winner = winning(study)
    best = None if winner is None else int(winner.trial)
    drawn = spread(study, list(records), MOST_LINES)
    lines = [
        Line(
            trial=trial,
            state=records[trial].state,
            value=values.get(trial),
            positions=(
                *(_position(space[name], name, records[trial].config) for name in space.searched),
                scale.at(values[trial]) if trial in values else INACTIVE,
            ),
            shade=_shade(values[trial], *shades) if trial in values and shades else None,
            config=described(study, records[trial].config),
        )
        for trial in (drawn if best is None or best in drawn else [*drawn, best])
    ]
    order = {record.trial: place for place, record in enumerate(reversed(study.ranked))}
    objective = Axis(study.experiment.objective.metric, scale.ticks(_marks(scale)) if values else ())
    return ParallelInfo(
        metric=study.experiment.objective.metric,
        axes=(*(Axis(name, _ticks(space[name]), bool(space[name].when)) for name in space.searched), objective),
        lines=tuple(sorted(lines, key=lambda line: (line.trial == best, order.get(line.trial, -1), line.trial))),
        best=best,
        named=study.best is not None and study.best.run is not None,
        chosen=best is not None and bool(study.experiment.objective.beside),
        total=len(records),
        shades=shades,
        pictures=pictures_of(study, "validation"),
    )


def _objective_scale(values: list[float], sign: float) -> _Scale:
    if not values:
        return _Scale(0.0, 1.0)
    return _Scale(min(values), max(values), log=wide(values), turned=sign < 0)


def _shades(values: list[float], sign: float) -> tuple[float, float] | None:
    """Colours spread from the worst tenth to the best: a few diverged trials must not take up the whole scale."""
    if not values:
        return None
    ordered = sorted(values, key=lambda value: sign * value)
    return ordered[len(ordered) // 10], ordered[-1]


def _shade(value: float, floor: float, best: float) -> float:
    if floor == best:
        return 1.0
    return round(min(max((value - floor) / (best - floor), 0.0), 1.0), 6)


def _position(parameter: Parameter, name: str, config: Mapping[str, Any]) -> float:
    if name not in config:
        return INACTIVE
    if isinstance(parameter, (Choice, Constant)):
        place = parameter.position(config[name])
        return INACTIVE if place is None else round(place / max(1, parameter.size - 1), 6)
    return _Scale(parameter.low, parameter.high, parameter.log).at(config[name])


def _ticks(parameter: Parameter) -> tuple[tuple[float, str], ...]:
    if isinstance(parameter, (Choice, Constant)):
        texts = settings(list(parameter.values()))
        return tuple((round(i / max(1, len(texts) - 1), 6), text) for i, text in enumerate(texts))
    scale = _Scale(parameter.low, parameter.high, parameter.log)
    if parameter.size is not None and parameter.size <= 6:
        return scale.ticks(list(parameter.values()))
    return scale.ticks(_marks(scale))


def _marks(scale: _Scale) -> list[float]:
    """Both ends, and between them round numbers: where logarithmic, powers of ten, or 1, 2, 5, 10, 20 ... of few."""
    low, high = scale.low, scale.high
    if low == high:
        return [low]
    if scale.log:
        powers = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
        factors = (1, 2, 5) if high < 1000 * low else (1,)
        between = [factor * power for power in powers for factor in factors]
    else:
        step = _round_step((high - low) / 4)
        between = [step * index for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
    inner = [value for value in between if 0.09 < scale.at(value) < 0.91]
    return [low, *inner, high]


def _round_step(step: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten that is not below ``step``."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))
