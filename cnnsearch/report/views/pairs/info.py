"""Two parameters at a time: which combinations of values did well."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.report.numbers import compact, setting, settings
from cnnsearch.report.statistics.overall_importance import overall_importance_info
from cnnsearch.report.statistics.scale import framed
from cnnsearch.report.views.importance.info import importance_info
from cnnsearch.space import Choice, Constant, Parameter

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Band", "Pair", "PairsInfo", "pairs_info"]

MOST_PARAMETERS = 4
MOST_BANDS = 6
FEWEST_TRIALS = 10


@dataclass(frozen=True)
class Band:
    """A stretch of a parameter's range with the same width as the others (in its logarithm where it is searched so).

    Attributes:
        text: an option, or ``low to high``.
        low, high: of numbers, the upper end belonging to the last band only; of an option its position.
    """

    text: str
    low: float
    high: float


@dataclass(frozen=True)
class Pair:
    """A table of two parameters.

    Attributes:
        first, second: their names.
        rows, columns: bands of the first and of the second, at most :data:`MOST_BANDS` of a range.
        medians: of the objective, by row and column; ``None`` where no trial was.
        members: numbers of the trials with a value in each cell.
    """

    first: str
    second: str
    rows: tuple[Band, ...]
    columns: tuple[Band, ...]
    medians: tuple[tuple[float | None, ...], ...]
    members: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True)
class PairsInfo:
    """Pairs of parameters that matter; recorded trials only, nothing is interpolated.

    What matters is told by the importance over all trials, and where that is not known by that for the best ones. Of
    the most important parameters the pairs are taken of which one at least is important beyond chance; where none is,
    all.

    Attributes:
        parameters: the most important ones, at most :data:`MOST_PARAMETERS`.
        beyond_chance: whether any of them is important beyond chance.
        low, high: least and greatest objective of a cell, but for a few far from all others.
        missing: why there are none; ``None`` where there are.
    """

    metric: str
    mode: str
    parameters: tuple[str, ...] = ()
    beyond_chance: bool = False
    pairs: tuple[Pair, ...] = ()
    low: float | None = None
    high: float | None = None
    missing: str | None = None


def pairs_info(study: Study) -> PairsInfo:
    objective = study.experiment.objective
    metric, mode = objective.metric, str(objective.mode)
    if len(study.ranked) < FEWEST_TRIALS:
        why = f"it takes at least {FEWEST_TRIALS} trials with a value, and there are {len(study.ranked)}"
        return PairsInfo(metric, mode, missing=why)
    important = _important(study)
    if isinstance(important, str):
        return PairsInfo(metric, mode, missing=f"which parameters matter is not known: {important}")
    names, mattering = list(important)[:MOST_PARAMETERS], {name for name, beyond in important.items() if beyond}
    chosen = [pair for pair in itertools.combinations(names, 2) if not mattering or mattering & set(pair)]
    pairs = tuple(_pair(study, first, second) for first, second in chosen)
    pairs = tuple(pair for pair in pairs if any(any(row) for row in pair.members))
    if not pairs:
        return PairsInfo(metric, mode, missing="there are no two parameters that vary together")
    medians = [median for pair in pairs for row in pair.medians for median in row if median is not None]
    low, high = framed(medians, max(medians) if mode == "max" else min(medians)) or (min(medians), max(medians))
    return PairsInfo(metric, mode, tuple(names), bool(mattering & set(names)), pairs, low, high)


def _important(study: Study) -> dict[str, bool] | str:
    """Parameter -> whether it is important beyond chance, the most important first; or why that is not known."""
    overall = overall_importance_info(study)
    if overall.missing is None:
        return {one.name: one.beyond_chance for one in overall.parameters}
    best = importance_info(study)
    return best.missing or {one.name: one.beyond_chance for one in best.parameters}


def _pair(study: Study, first: str, second: str) -> Pair:
    space = study.experiment.space
    rows, columns = _bands(space[first]), _bands(space[second])
    cells: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for record in study.ranked:
        config = record.config
        if first in config and second in config:
            place = _place(space[first], rows, config[first]), _place(space[second], columns, config[second])
            cells.setdefault(place, []).append((record.trial, record.best_value))
    return Pair(
        first=first,
        second=second,
        rows=rows,
        columns=columns,
        medians=tuple(tuple(_median(cells.get((i, j), ())) for j in range(len(columns))) for i in range(len(rows))),
        members=tuple(
            tuple(tuple(sorted(trial for trial, _ in cells.get((i, j), ()))) for j in range(len(columns)))
            for i in range(len(rows))
        ),
    )


def _median(cell: Sequence[tuple[int, float]]) -> float | None:
    return float(np.median([value for _, value in cell])) if cell else None


def _bands(parameter: Parameter) -> tuple[Band, ...]:
    if isinstance(parameter, (Choice, Constant)):
        return tuple(Band(text, place, place) for place, text in enumerate(settings(list(parameter.values()))))
    if parameter.size is not None and parameter.size <= MOST_BANDS:
        return tuple(Band(setting(value), float(value), float(value)) for value in parameter.values())
    low, high = float(parameter.low), float(parameter.high)
    ends = np.geomspace(low, high, MOST_BANDS + 1) if parameter.log else np.linspace(low, high, MOST_BANDS + 1)
    ends[0], ends[-1] = low, high
    return tuple(
        Band(f"{compact(start)} to {compact(end)}", float(start), float(end)) for start, end in itertools.pairwise(ends)
    )


def _place(parameter: Parameter, bands: tuple[Band, ...], value: Any) -> int:
    if isinstance(parameter, (Choice, Constant)):
        return parameter.position(value) or 0
    lows = [band.low for band in bands]
    if all(band.low == band.high for band in bands):
        return min(range(len(lows)), key=lambda index: math.fabs(lows[index] - value))
    return max(0, int(np.searchsorted(lows, value, side="right")) - 1)
