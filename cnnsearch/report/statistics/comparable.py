"""Whether the values of several studies may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["fewest_pictures", "shared_metric"]


def shared_metric(studies: Sequence[Study]) -> str | None:
    """The objective of all studies, with one direction; ``None`` where they differ."""
    metrics = {(study.experiment.objective.metric, study.experiment.objective.sign) for study in studies}
    return next(iter(metrics))[0] if len(metrics) == 1 else None


def fewest_pictures(studies: Sequence[Study]) -> int:
    """Validation pictures of the study that has the fewest; 0 where one of them does not tell."""
    return min(pictures_of(study, "validation") for study in studies)
