"""What each picture contributes to the objective of a study, of predictions that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import one_sided_p_value
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, metric_of
from cnnsearch.tasks.jackknife import are_of_each

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["items_of", "moved_to", "pictures_items_of", "share_p_value"]


def items_of(study: Study, kept: Predictions, trial: int, run: int | None) -> np.ndarray | None:
    """``(clusters,)`` what each group of pictures contributes; of a single group nothing is told.

    Where each picture is by itself it is :func:`pictures_items_of`, whose arguments it takes.
    """
    items = pictures_items_of(study, kept, trial, run)
    clusters = None if items is None else clusters_of(study, "validation", len(items))
    if items is None or clusters is None or clusters.are_single:
        return items
    is_known = not is_function(metric_of(study.experiment.objective.metric)) or are_of_each(items)
    return clusters.items(items) if len(clusters) > 1 and is_known else None


def pictures_items_of(study: Study, kept: Predictions, trial: int, run: int | None) -> np.ndarray | None:
    """``(n,)``, booleans of a share; ``None`` where that is not told. No function of the user's own is run for it.

    Args:
        study: whose objective it is.
        kept: predictions of one training.
        trial, run: which.
    """
    name = metric_of(study.experiment.objective.metric)
    try:
        return study.items(trial, run) if is_function(name) else kept.per_item(name)
    except UndefinedError:  # without some picture the metric is not
        return None


def moved_to(value: float, items: np.ndarray) -> np.ndarray:
    """The items, so that their mean is ``value``: a recorded loss has regularisation, which belongs to no picture."""
    scores = np.asarray(items, float)
    return np.asarray(scores + (value - scores.mean()))


def share_p_value(study: Study, ours: Predictions, theirs: Predictions) -> float | None:
    """That the ones are right on no more pictures than the others, one-sided; ``None``: the task has no such share.

    Where no picture alone changes the objective of either, as where whole classes are told or missed, which pictures
    are right still tells.
    """
    share = next((metric.name for metric in study.experiment.predicted.metrics if metric.kind == "share"), None)
    if share is None:
        return None
    clusters = clusters_of(study, "validation", len(ours))
    return one_sided_p_value(ours.per_item(share), theirs.per_item(share), clusters)
