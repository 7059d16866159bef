"""What the report asks of classification, whatever it shows: see :class:`cnnsearch.report.task.Judging`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.tasks.classification.kept import kept
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.task import aim_of, metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["IMBALANCED", "SHARE", "doubts", "is_share", "kept"]

SHARE = aim_of(CLASSIFICATION.every_epoch[0])

IMBALANCED = 5.0
"""Pictures of the largest class over those of the smallest, in the training split."""


def is_share(metric: str) -> bool:
    found = CLASSIFICATION.metric(metric_of(metric))
    return found is not None and found.kind == "share"


def doubts(study: Study) -> Iterator[str]:
    counts = study.environment.get("dataset", {}).get("counts", {}).get("train", {})
    filled = {name: number for name, number in counts.items() if number}
    if not filled:
        return
    large, small = max(filled, key=lambda name: filled[name]), min(filled, key=lambda name: filled[name])
    ratio = filled[large] / filled[small]
    if ratio >= IMBALANCED:
        weighs = study.experiment.objective.metric == "val_f1"
        advice = "" if weighs else "; the objective val_f1 weighs all classes alike"
        yield (
            f"The classes are unequal: '{large}' has {ratio:.3g} times the training pictures of '{small}', so a model "
            f"may look good that hardly knows the small ones{advice}."
        )
