"""What is wrong with the boxes of the best model, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnsearch.tasks.detection.views.kept import kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["BoxFaultsInfo", "box_faults_info"]


@dataclass(frozen=True)
class BoxFaultsInfo:
    """All faults.

    Attributes:
        trial: the best one; ``None`` where there is none.
        score: from which boxes are looked at.
        right: boxes that are right.
        there: boxes that there are.
        counted: kind -> how many are of it.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    score: float = 0.0
    right: int = 0
    there: int = 0
    counted: Mapping[str, int] = field(default_factory=dict)
    missing: str | None = None


def box_faults_info(study: Study) -> BoxFaultsInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return BoxFaultsInfo(trial, missing=kept)
    faults = kept.faults
    return BoxFaultsInfo(trial, faults.score, int((faults.kinds == -1).sum()), int(kept.there.sum()), faults.counted)
