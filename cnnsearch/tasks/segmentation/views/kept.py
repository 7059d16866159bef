"""Masks of a study's best trial that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.task import best_kept
from cnnsearch.tasks.segmentation.predictions import MaskPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["kept_of_best"]


def kept_of_best(study: Study) -> MaskPredictions | str:
    """Those of the model in ``best/`` on the validation split, or why there are none."""
    return best_kept(study, MaskPredictions)
