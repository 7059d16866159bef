"""How far training and validation are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.data.sources.spec import weights_key
from cnnsearch.inputs.pictures.spec import AUGMENTATION
from cnnsearch.report.statistics.outcome import spread, winning
from cnnsearch.report.statistics.scale import finite
from cnnsearch.report.task import share_of_task
from cnnsearch.study.pictures import pictures_of
from cnnsearch.tasks.contract.metrics import aim_of, metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BothCurves", "GapInfo", "GapPoint", "gap_info"]

MOST_POINTS = 1000

_OF_TRAINING = ("label_smoothing", "class_weights", "positive_weights", "focal_gamma", "oversampling")
"""Parameters that change what a picture counts in the loss, in training alone."""


@dataclass(frozen=True)
class GapPoint:
    """One trial at its best epoch: the metric on what it trained on, and on the validation split."""

    trial: int
    state: str
    training: float
    validation: float

    @property
    def gap(self) -> float:
        return self.training - self.validation


@dataclass(frozen=True)
class BothCurves:
    """The best trial by epoch; ``None`` where a number was not finite.

    Attributes:
        epochs: from 1.
        loss, val_loss: one for each epoch.
        best_epoch: the one whose weights it kept.
    """

    trial: int
    epochs: tuple[int, ...]
    loss: tuple[float | None, ...]
    val_loss: tuple[float | None, ...]
    best_epoch: int | None


@dataclass(frozen=True)
class GapInfo:
    """Training against validation.

    Attributes:
        metric: that is compared: the share that the task tells, or the loss; without ``val_``.
        is_share: whether it is a share, of which more is better.
        points: trials with a value, in order of their numbers, at most :data:`MOST_POINTS`.
        best: the best trial's point.
        curves: the best trial's; ``None`` where they are not recorded.
        median: of the gaps of all trials with a value; ``None`` where there are none.
        regularised: whether dropout or augmentation may act in this search: the metric of training is then that
            of harder pictures than that of validation, and the gap may be below 0.
        unlike: names of what makes the loss of training another one than that of validation in some trial.
        averaged: whether some trial was validated with averages of its weights.
        total: trials with a value and both numbers.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    is_share: bool
    points: tuple[GapPoint, ...]
    best: GapPoint | None
    curves: BothCurves | None
    median: float | None
    regularised: bool
    total: int
    unlike: tuple[str, ...] = ()
    averaged: bool = False
    pictures: int = 0


def gap_info(study: Study) -> GapInfo:
    import numpy as np

    share = share_of_task(study)
    if share is not None and metric_of(share) not in study.experiment.predicted.trained:
        share = None  # at thresholds of the validation split it says nothing of training
    metric = metric_of(share) if share else "loss"
    known = {
        record.trial: GapPoint(record.trial, record.state, training, validation)
        for record in study.ranked
        if (training := record.metrics.get(metric)) is not None
        and (validation := record.metrics.get(aim_of(metric))) is not None
    }
    shown = spread(study, sorted(known), MOST_POINTS)
    return GapInfo(
        metric=metric,
        is_share=share is not None,
        points=tuple(known[trial] for trial in shown),
        best=known.get(study.best.trial) if study.best else None,
        curves=_both(study),
        median=float(np.median([point.gap for point in known.values()])) if known else None,
        regularised=_is_regularised(study),
        total=len(known),
        unlike=(*(name for name in _OF_TRAINING if _may_act(study, name)), *_weighted(study)),
        averaged=_may_act(study, "ema_momentum"),
        pictures=pictures_of(study, "validation"),
    )


def _may_act(study: Study, name: str) -> bool:
    spec = study.experiment.searchable.get(name)
    return spec is not None and spec.may_act(study.experiment.space.get(name))


def _weighted(study: Study) -> tuple[str, ...]:
    return (weights_key(study.experiment.dataset),) if "weights" in study.environment.get("dataset", {}) else ()


def _is_regularised(study: Study) -> bool:
    space, joins = study.experiment.space, study.experiment.predicted.joins
    acting = any(spec.may_act(space.get(name)) for name, spec in AUGMENTATION.items() if name != "fill_mode")
    return acting or bool(study.experiment.active.intersection(("dropout", *joins)))


def _both(study: Study) -> BothCurves | None:
    names = ("loss", "val_loss")
    best = winning(study)
    if best is None or not set(names) <= set(study.curves):
        return None
    rows = study.curves[study.curves["trial"] == best.trial]
    if rows.empty:
        return None
    columns = {name: tuple(finite(value) for value in rows[name]) for name in names}
    return BothCurves(best.trial, tuple(map(int, rows["epoch"])), **columns, best_epoch=best.best_epoch)
