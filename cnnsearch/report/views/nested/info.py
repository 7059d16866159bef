"""What the winners of searches gave on the outer folds that these never saw."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import setting_of
from cnnsearch.report.statistics.headline import outer_interval
from cnnsearch.study.pictures import pictures_of
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnsearch.study import Study

__all__ = ["NestedInfo", "NestedRow", "nested_info"]

INACTIVE = "inactive"
"""Stands for a conditional parameter that a config has not."""


@dataclass(frozen=True)
class NestedRow:
    """One search of nested cross-validation.

    Attributes:
        fold: that it never saw, counted from 1.
        pictures: of the fold.
        value: the metric of its winner on these.
        promised: what the search itself gave of its winner.
        trial: the winner.
        settings: one for each of :attr:`NestedInfo.parameters`.
    """

    fold: int
    pictures: int
    value: float
    promised: float
    trial: int
    settings: tuple[str, ...]


@dataclass(frozen=True)
class NestedInfo:
    """All searches on outer folds that have been judged.

    Attributes:
        metric: of the objective, without what says that it is of the validation split.
        outer: outer folds that there are; 0: no nested cross-validation was asked for.
        parameters: searched ones that the study's own winner and those of the outer folds do not all agree on.
        rows: of the outer folds in their order.
        chosen: settings of the study's own winner; empty where there is none.
        mean: over the outer folds; ``None`` where not all were judged.
        low, high: its 95% interval; ``None`` where all folds are alike and tell none.
        spread: standard deviation of the values.
        optimism: by how much the searches promised more than their winners gave, in the mean.
        learned: whether the searches learned from other studies.
        unreplaced: outer folds that judged the winner's model as it was, though another was to take its place.
        pictures: validation pictures of the study's own search; 0 where the record does not tell.
        lost: outer folds that are not judged, though the study's own search came after them.
    """

    metric: str
    outer: int
    parameters: tuple[str, ...]
    rows: tuple[NestedRow, ...]
    chosen: tuple[str, ...]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    optimism: float | None = None
    learned: bool = False
    unreplaced: tuple[int, ...] = ()
    pictures: int = 0
    lost: tuple[int, ...] = ()

    @property
    def missing(self) -> str | None:
        """Why there is nothing to show, though nested cross-validation was asked for."""
        return None if self.rows else "no outer fold is judged: cnnsearch resume searches without each of them"


def nested_info(study: Study) -> NestedInfo:
    experiment = study.experiment
    metric, outer, folds = metric_of(experiment.objective.metric), experiment.outer_searches, study.outer_folds
    best = study.best
    told = [_settings(study, fold.config) for fold in folds]
    own = None if best is None else _settings(study, best.config)
    searched = experiment.space.searched
    compared = [*told, *([] if own is None else [own])]
    differ = [name for name in searched if len({settings[name] for settings in compared}) > 1]
    rows = tuple(
        NestedRow(
            fold.fold, fold.pictures, fold.value, fold.expected, fold.trial, tuple(settings[name] for name in differ)
        )
        for fold, settings in zip(folds, told, strict=True)
    )
    info = NestedInfo(
        metric,
        outer,
        tuple(differ),
        rows,
        () if own is None else tuple(own[name] for name in differ),
        pictures=pictures_of(study, "validation"),
        lost=tuple(sorted({*range(1, outer + 1)} - {fold.fold for fold in folds})) if study.proposals else (),
    )
    if not rows or len(rows) < outer:
        return info
    values = [row.value for row in rows]
    low, high = outer_interval(study, values)
    sign = experiment.objective.sign
    return replace(
        info,
        mean=statistics.fmean(values),
        low=low,
        high=high,
        spread=statistics.stdev(values),
        optimism=statistics.fmean(sign * (row.promised - row.value) for row in rows),
        learned=bool(experiment.learn_from),
        unreplaced=tuple(fold.fold for fold in folds if not fold.replaced) if experiment.final != "keep" else (),
    )


def _settings(study: Study, config: Mapping[str, Any]) -> dict[str, str]:
    space = study.experiment.space
    return {name: setting_of(space[name], config[name]) if name in config else INACTIVE for name in space.searched}
