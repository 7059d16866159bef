"""What the best model would find, and what it would take for positive wrongly, at every threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.report.task import kept, kept_of_best
from cnnsearch.tasks.binary.predictions import BinaryPredictions

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["MOST_POINTS", "ThresholdCurve", "ThresholdsInfo", "thresholds_info"]

MOST_POINTS = 400
"""Of one curve; of more an even choice is drawn."""


@dataclass(frozen=True)
class ThresholdCurve:
    """One model over its thresholds, the highest first.

    Attributes:
        run: of the trial as a finalist; ``None``: in the search.
        thresholds: each is a probability that the model gave; from it on a picture is decided to be positive.
        sensitivity: share of the positive pictures that are found.
        false_alarms: share of the other pictures that are taken for positive.
        precision: share of what is taken for positive that is.
        roc_auc, average_precision: areas below the curves, of all points.
        total: number of all points.
    """

    trial: int
    run: int | None
    thresholds: tuple[float, ...]
    sensitivity: tuple[float, ...]
    false_alarms: tuple[float, ...]
    precision: tuple[float, ...]
    roc_auc: float
    average_precision: float
    total: int


@dataclass(frozen=True)
class ThresholdsInfo:
    """The best model on the validation split, and the other finalists on the same fresh seed.

    Attributes:
        trial: the best one.
        positive: name of the positive class.
        best: its curve; ``None`` where it is missing.
        others: of other finalists, in the order of their standing.
        threshold: that the best model decides by.
        searched: whether it was searched on these pictures; else the config fixes it.
        found, left_alone: sensitivity and specificity at it, with their intervals (Wilson).
        precision: at it; ``None`` where nothing is decided to be positive.
        prevalence: share of the pictures that are positive: the precision of a model that knows nothing.
        pictures: number of validation pictures.
        missing: why there is nothing; ``None`` where there is.
    """

    trial: int | None
    positive: str = ""
    best: ThresholdCurve | None = None
    others: tuple[ThresholdCurve, ...] = ()
    threshold: float = 0.0
    searched: bool = True
    found: tuple[float, Interval] | None = None
    left_alone: tuple[float, Interval] | None = None
    precision: float | None = None
    prevalence: float = 0.0
    pictures: int = 0
    missing: str | None = None


def thresholds_info(study: Study) -> ThresholdsInfo:
    if study.best is None:
        return ThresholdsInfo(None, missing="no trial has a value")
    trial, run = study.best.trial, study.best.run
    predictions = kept_of_best(study, trial)
    if isinstance(predictions, str):
        return ThresholdsInfo(trial, missing=predictions)
    if not isinstance(predictions, BinaryPredictions) or not 0 < predictions.points.positives < len(predictions):
        return ThresholdsInfo(trial, missing="the validation pictures are all of one class")
    counts = predictions.counts
    clusters = clusters_of(study, "validation", len(predictions))
    right, positive = predictions.right, predictions.positive
    return ThresholdsInfo(
        trial=trial,
        positive=str(study.names[1]),
        best=_curve(trial, run, predictions),
        others=_finalists(study, predictions),
        threshold=predictions.threshold,
        searched=study.experiment.filled(study.best.config)["threshold"] is None,
        found=(counts.sensitivity, wilson(counts.sensitivity, clusters.worth(right, positive))),
        left_alone=(counts.specificity, wilson(counts.specificity, clusters.worth(right, ~positive))),
        precision=counts.precision if counts.hits + counts.false_alarms else None,
        prevalence=predictions.points.positives / len(predictions),
        pictures=len(predictions),
    )


def _finalists(study: Study, best: BinaryPredictions) -> tuple[ThresholdCurve, ...]:
    """On the fresh seed of the model in ``best/``, where that is a finalist's and they were judged on its pictures."""
    if study.best is None or study.best.run is None or study.finals is None:
        return ()
    trial, run, found = study.best.trial, study.best.run, []
    for standing in study.finals.decided.standings:
        theirs = kept(study, standing.trial, run) if standing.trial != trial and run in standing.values else None
        if isinstance(theirs, BinaryPredictions) and theirs.is_alike(best):
            found.append(_curve(standing.trial, run, theirs))
    return tuple(found)


def _curve(trial: int, run: int | None, predictions: BinaryPredictions) -> ThresholdCurve:
    points = predictions.points
    shown = _even(len(points.scores))
    return ThresholdCurve(
        trial=trial,
        run=run,
        thresholds=tuple(points.scores[shown].tolist()),
        sensitivity=tuple(points.sensitivity[shown].tolist()),
        false_alarms=tuple(points.false_alarm_rate[shown].tolist()),
        precision=tuple(points.precision[shown].tolist()),
        roc_auc=points.roc_auc,
        average_precision=points.average_precision,
        total=len(points.scores),
    )


def _even(count: int) -> np.ndarray:
    """Indices of at most :data:`MOST_POINTS` of so many points, the first and the last among them."""
    import numpy as np

    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
