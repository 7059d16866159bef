"""What a reader must know of the two classes: see :class:`cnnsearch.report.task.Judging`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.tasks.contract.metrics import metric_of
from cnnsearch.tasks.labelled.views.guessing import no_better_than_guessing

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.doubt import Doubt

__all__ = ["IMBALANCED", "doubts"]

IMBALANCED = 5.0
"""Pictures of the larger class over those of the smaller, in the training split."""

_HIDING = ("accuracy", "loss")
"""Metrics in which a small class counts for little."""


def doubts(study: Study) -> Iterator[str | Doubt]:
    if metric_of(study.experiment.objective.metric) == "accuracy":  # others do not let a guess pass
        yield from no_better_than_guessing(study)
    counts = study.environment.get("dataset", {}).get("counts", {}).get("train", {})
    filled = {name: number for name, number in counts.items() if number}
    aim = metric_of(study.experiment.objective.metric)
    if len(filled) < 2 or aim not in _HIDING:
        return
    large, small = max(filled, key=lambda name: filled[name]), min(filled, key=lambda name: filled[name])
    ratio = filled[large] / filled[small]
    if ratio >= IMBALANCED:
        yield (
            f"The classes are unequal: '{large}' has {ratio:.3g} times the training pictures of '{small}', so a model "
            f"may look good that hardly knows '{small}'; the objectives val_roc_auc, val_average_precision and "
            "val_balanced_accuracy do not let that pass."
        )
