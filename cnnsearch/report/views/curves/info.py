"""How each trial's objective went from epoch to epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.outcome import described, outcomes, spread
from cnnsearch.report.statistics.scale import finite, framed, wide
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MOST_CURVES", "TOP", "Curve", "CurvesInfo", "curves_info"]

MOST_CURVES = 200
"""So many curves are still readable, and quick to draw."""

TOP = 10


@dataclass(frozen=True)
class Curve:
    """One trial's objective by epoch.

    Attributes:
        epochs: from 1.
        values: one for each epoch; ``None`` where it was not finite.
        config: its searched parameters, one text each.
    """

    trial: int
    state: str
    epochs: tuple[int, ...]
    values: tuple[float | None, ...]
    config: tuple[str, ...]


@dataclass(frozen=True)
class CurvesInfo:
    """Learning curves.

    Attributes:
        curves: at most :data:`MOST_CURVES`, in order of the trials' numbers.
        top: the trials whose curves are shown at first: all of a few, else the :data:`TOP` best.
        best: number of the best trial.
        best_epoch: the epoch whose weights it kept.
        total: number of trials that have a curve, drawn or not.
        log: whether the values are so far apart that only a logarithmic axis shows them.
        frame: ends of the vertical axis where a few values would squeeze all others; ``None``: those of all values.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    curves: tuple[Curve, ...]
    top: tuple[int, ...]
    best: int | None
    best_epoch: int | None
    total: int
    log: bool
    frame: tuple[float, float] | None = None
    pictures: int = 0


def curves_info(study: Study) -> CurvesInfo:
    metric = study.experiment.objective.metric
    values = _by_trial(study, metric)
    states = outcomes(study)
    configs = {line.trial: line.config for line in study.proposals} | {
        line.trial: line.config for line in study.records
    }
    known = [trial for trial in values if trial in states]
    best = study.best.trial if study.best else None
    curves = tuple(
        Curve(trial, states[trial], *values[trial], described(study, configs[trial]))
        for trial in spread(study, known, MOST_CURVES)
    )
    found = [value for curve in curves for value in curve.values if value is not None]
    ranked = study.ranked
    return CurvesInfo(
        metric=metric,
        curves=curves,
        top=_top(study, [curve.trial for curve in curves]),
        best=best,
        best_epoch=next((record.best_epoch for record in study.ranked if record.trial == best), None),
        total=len(known),
        log=wide(found),
        frame=None if wide(found) else framed(found, ranked[0].best_value if ranked else None),
        pictures=pictures_of(study, "validation"),
    )


def _top(study: Study, trials: list[int]) -> tuple[int, ...]:
    if len(trials) <= 2 * TOP:
        return tuple(trials)
    return tuple([record.trial for record in study.ranked if record.trial in set(trials)][:TOP])


def _by_trial(study: Study, metric: str) -> dict[int, tuple[tuple[int, ...], tuple[float | None, ...]]]:
    if metric not in study.curves:
        return {}
    return {
        int(trial): (tuple(map(int, rows["epoch"])), tuple(map(finite, rows[metric])))
        for trial, rows in study.curves.groupby("trial")
    }
