"""Predictions of the best trial that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.task import kept_of_best
from cnnsearch.tasks.multilabel.predictions import LabelPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["best_labels"]


def best_labels(study: Study) -> tuple[int | None, LabelPredictions | str]:
    """The best trial, and its predictions or why there are none."""
    if study.best is None:
        return None, "no trial has a value"
    found = kept_of_best(study, study.best.trial)
    if isinstance(found, (str, LabelPredictions)):
        return study.best.trial, found
    return (
        study.best.trial,
        f"the predictions of trial {study.best.trial} are none of several labels",
    )  # asked in Python
