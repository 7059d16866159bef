"""Metrics of the winner with their intervals over pictures, by the predictions that its study keeps."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.intervals import MetricInterval, metric_intervals, metrics_of
from cnnsearch.report.statistics.once import once
from cnnsearch.report.task import kept
from cnnsearch.search.turns.reading import STEPS
from cnnsearch.study.pictures import group_of
from cnnsearch.study.winner.best_model import first_reading, read_note
from cnnsearch.tasks.contract.metrics import is_function, metric_of

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.metrics import Metric
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["on_test", "searched_interval", "test_pictures", "with_intervals"]


def with_intervals(
    study: Study,
    predictions: Predictions,
    metrics: Mapping[str, Metric],
    known: Mapping[str, float],
    trial: int | None,
    run: int | None,
) -> dict[str, MetricInterval]:
    """By name; no function of the user's own is run for it.

    Args:
        study: whose.
        predictions: of one of its models.
        metrics: that are to be told.
        known: what they are by the record.
        trial, run: whose predictions these are; no trial: those of the test split.
    """
    own = {name for name in metrics if is_function(name)}
    items = _items(study, trial, run) if own else None
    given = {} if items is None else dict.fromkeys(own, items)
    groups = group_of(study, "test" if trial is None else "validation", len(predictions))
    ready = [metric for name, metric in metrics.items() if name not in own or (name in given and name in known)]
    found = {one.name: one for one in metric_intervals(predictions, ready, known, given, groups)}
    untold = "what each picture contributes to it was not kept"
    return {name: found.get(name) or MetricInterval(name, known.get(name), why=untold) for name in metrics}


def _items(study: Study, trial: int | None, run: int | None) -> np.ndarray | None:
    try:
        return study.items(trial, run)
    except (OSError, ValueError):
        return None


@once
def searched_interval(study: Study) -> tuple[float, float] | None:
    """Of the winner's value in the search, where that is one training's and its predictions are kept."""
    headline, name = study.headline, metric_of(study.experiment.objective.metric)
    metric = metrics_of(study).get(name)
    if headline is None or metric is None or headline.repeats > 1 or headline.folds:
        return None
    predictions = kept(study, headline.trial, None)
    if isinstance(predictions, str):
        return None
    known = {name: headline.search}
    found = with_intervals(study, predictions, {name: metric}, known, headline.trial, None)[name]
    return None if found.low is None or found.high is None else (found.low, found.high)


@once
def on_test(study: Study) -> Mapping[str, MetricInterval]:
    """Where the kept predictions are those of the model in ``best/``: the last ones of the finalists' step are kept."""
    if study.best is None:
        return {}
    read = first_reading(study.test_reads, study.best, read_note(study.store))
    last = next((line for line in reversed(study.test_reads) if line.by in STEPS), None)
    if read is None or last is None or (read.trial, read.run, read.model) != (last.trial, last.run, last.model):
        return {}
    predictions = _kept_of_test(study)
    if predictions is None or not predictions.fits or len(predictions) != last.count:
        return {}
    metrics = metrics_of(study)
    known = {name: value for name, value in (last.metrics or {}).items() if value is not None and name in metrics}
    return with_intervals(study, predictions, metrics, known, None, None)


def test_pictures(study: Study) -> int:
    """Whose predictions are kept; 0 where there are none."""
    predictions = _kept_of_test(study)
    return 0 if predictions is None else len(predictions)


def _kept_of_test(study: Study) -> Predictions | None:
    try:
        return study.test_predictions
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
