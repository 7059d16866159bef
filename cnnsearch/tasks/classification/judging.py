"""What a reader must know of the classes: see :class:`cnnsearch.report.task.Judging`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.tasks.contract.metrics import metric_of, split_name
from cnnsearch.tasks.labelled.views.guessing import no_better_than_guessing

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.doubt import Doubt

__all__ = ["IMBALANCED", "doubts"]

_ALIKE = ("f1", "precision", "recall", "balanced_accuracy", "auc")
"""Means over the classes."""

IMBALANCED = 5.0
"""Pictures of the largest class over those of the smallest, in the training split."""


def doubts(study: Study) -> Iterator[str | Doubt]:
    yield from no_better_than_guessing(study)
    counts = study.environment.get("dataset", {}).get("counts", {}).get("train", {})
    filled = {name: number for name, number in counts.items() if number}
    if not filled:
        return
    large, small = max(filled, key=lambda name: filled[name]), min(filled, key=lambda name: filled[name])
    ratio = filled[large] / filled[small]
    if ratio >= IMBALANCED:
        name, of_class = split_name(metric_of(study.experiment.objective.metric))
        weighs = of_class is not None or name in _ALIKE
        advice = "" if weighs else "; the objective val_f1 weighs all classes alike"
        yield (
            f"The classes are unequal: '{large}' has {ratio:.3g} times the training pictures of '{small}', so a model "
            f"may look good that hardly knows the small ones{advice}."
        )
