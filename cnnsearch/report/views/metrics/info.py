"""Every metric of the best model with its interval, on the splits whose predictions are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.errors import TrialError
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.intervals import MetricInterval, metrics_of
from cnnsearch.report.statistics.measured import on_test, test_pictures, with_intervals
from cnnsearch.report.task import kept_of_best
from cnnsearch.tasks.contract.metrics import aim_of, metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.metrics import Mode
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["MetricRow", "MetricsInfo", "is_penalised", "metrics_info"]


@dataclass(frozen=True)
class MetricRow:
    """One metric.

    Attributes:
        mode: whether more or less of it is better.
        is_objective: whether it was searched for.
        doc: what it is.
        validation, test: on these splits; ``None`` where the predictions of the split are not kept.
    """

    name: str
    mode: Mode | None
    is_objective: bool
    validation: MetricInterval
    test: MetricInterval | None = None
    doc: str = ""


@dataclass(frozen=True)
class MetricsInfo:
    """The metrics of the task, and the objective.

    Attributes:
        trial: the best one.
        rows: of metrics that have a value on one of the splits.
        undefined: why others have none.
        pictures, test_pictures: in the splits; 0 where the test split was not read, or its predictions not kept.
        groups: of how many those of validation are, and those of the test split; 0: each is by itself, or is not told.
        refitted: whether the shipped model was trained on the validation pictures too: then what is told of these is of
            the training before.
        ensemble: whether it is the mean of several: then they are of the first one alone.
        penalised: whether the loss of the validation pictures has the penalty of a regularisation in it, which that of
            the test pictures, told beside it, has not.
        folds: where trials are judged by folds, what of these the trial's value is the mean over; else empty.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[MetricRow, ...] = ()
    undefined: tuple[str, ...] = ()
    pictures: int = 0
    test_pictures: int = 0
    groups: tuple[int, int] = (0, 0)
    refitted: bool = False
    ensemble: bool = False
    penalised: bool = False
    folds: str = ""
    missing: str | None = None


def metrics_info(study: Study) -> MetricsInfo:
    best = study.best
    if best is None:
        return MetricsInfo(None, missing="no trial has a value")
    kept = kept_of_best(study, best.trial)
    if isinstance(kept, str):
        return MetricsInfo(best.trial, missing=kept)
    aim = study.experiment.objective
    name = metric_of(aim.metric)
    metrics = metrics_of(study)
    known = {each: value for each in metrics if (value := best.metrics.get(aim_of(each))) is not None}
    validation = with_intervals(study, kept, metrics, known, best.trial, best.run)
    test = on_test(study)
    rows = [
        MetricRow(
            each,
            aim.mode if each == name else metrics[each].mode,
            each == name,
            one,
            test.get(each),
            metrics[each].doc,
        )
        for each, one in validation.items()
    ]
    told = [row for row in rows if any(one is not None and one.value is not None for one in (row.validation, row.test))]
    return MetricsInfo(
        trial=best.trial,
        rows=tuple(told),
        undefined=tuple(row.validation.why for row in rows if row not in told and row.validation.why is not None),
        pictures=len(kept),
        test_pictures=test_pictures(study) if test else 0,
        groups=(
            clusters_of(study, "validation", len(kept)).told,
            clusters_of(study, "test", test_pictures(study)).told if test else 0,
        ),
        refitted=best.refit is not None and best.refit.is_trained_again,
        ensemble=best.refit is not None and best.refit.kind == "ensemble",
        penalised=bool(test) and is_penalised(kept, known),
        folds=study.headline.folds if study.headline is not None else "",
    )


def is_penalised(kept: Predictions, known: Mapping[str, float]) -> bool:
    """Whether the loss by the record is more than that of the predictions, by more than rounding."""
    try:
        plain = kept.scores(["loss"])["loss"]
    except (KeyError, TrialError, ValueError):  # a loss whose parameters are not known here
        return False
    return known.get("loss", plain) > plain + 0.01 * abs(plain)
