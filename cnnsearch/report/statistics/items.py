"""What each picture contributes to the objective of a study, of predictions that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.report.statistics.clusters import Clusters
from cnnsearch.study.pictures import tile_of
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, metric_of
from cnnsearch.tasks.jackknife import are_of_each

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["items_of", "moved_to"]


def items_of(study: Study, kept: Predictions, trial: int, run: int | None) -> np.ndarray | None:
    """``(n,)``, booleans of a share; ``None`` where that is not told. No function of the user's own is run for it.

    Where pictures are tiles, it is what each whole picture contributes; of a single one nothing is told.

    Args:
        study: whose objective it is.
        kept: predictions of one training.
        trial, run: which.
    """
    name = metric_of(study.experiment.objective.metric)
    try:
        items = study.items(trial, run) if is_function(name) else kept.per_item(name)
    except UndefinedError:  # without some picture the metric is not
        return None
    tiles = None if items is None else tile_of(study, "validation", len(items))
    if tiles is None or items is None:
        return items
    clusters = Clusters.of(tiles, len(items))
    is_known = not is_function(name) or are_of_each(items)
    return clusters.items(items) if len(clusters) > 1 and is_known else None


def moved_to(value: float, items: np.ndarray) -> np.ndarray:
    """The items, so that their mean is ``value``: a recorded loss has regularisation, which belongs to no picture."""
    scores = np.asarray(items, float)
    return np.asarray(scores + (value - scores.mean()))
