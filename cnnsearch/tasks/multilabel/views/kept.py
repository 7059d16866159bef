"""Predictions of the best trial that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.task import best_kept
from cnnsearch.tasks.multilabel.predictions import LabelPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["best_labels"]


def best_labels(study: Study) -> tuple[int | None, LabelPredictions | str]:
    """The best trial, and its predictions or why there are none."""
    return study.best.trial if study.best else None, best_kept(study, LabelPredictions)
