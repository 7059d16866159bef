"""Predictions of a study that were kept, as those of one label a picture, and the names of the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cnnsearch.report import task

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.labelled.predictions import Labelled

__all__ = ["class_names", "kept", "kept_of_best"]


def kept(study: Study, trial: int, run: int | None) -> Labelled | str:
    """See :func:`cnnsearch.report.task.kept`."""
    return cast("Labelled | str", task.kept(study, trial, run))


def kept_of_best(study: Study, trial: int) -> Labelled | str:
    """See :func:`cnnsearch.report.task.kept_of_best`."""
    return cast("Labelled | str", task.kept_of_best(study, trial))


def class_names(study: Study, size: int) -> tuple[str, ...]:
    """Of so many classes; numbers where the study does not name them."""
    named = len(study.names) == size
    return tuple(map(str, study.names)) if named else tuple(f"class {index}" for index in range(size))
