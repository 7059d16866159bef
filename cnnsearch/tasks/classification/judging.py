"""What a reader must know of the classes: see :class:`cnnsearch.report.task.Judging`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["IMBALANCED", "doubts"]

IMBALANCED = 5.0
"""Pictures of the largest class over those of the smallest, in the training split."""


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
