"""Predictions of a study that were kept, or why there are none."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from cnnsearch.tasks.classification.predictions import ClassPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["class_names", "kept", "kept_of_best"]


def kept(study: Study, trial: int, run: int | None) -> ClassPredictions | str:
    """Those of one training: of a trial's in the search, or of a ``run`` of it as a finalist; or why there are none."""
    try:
        stored = study.predictions(trial, run)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        return f"the predictions of trial {trial} cannot be read ({type(error).__name__})"
    if not isinstance(stored, ClassPredictions):
        return f"no predictions of trial {trial} were kept"
    return stored if stored.fits else f"the predictions of trial {trial} do not fit its labels"


def kept_of_best(study: Study, trial: int) -> ClassPredictions | str:
    """Those of a trial in the search, or why there are none; of the best trial those of the model in ``best/``."""
    return kept(study, trial, study.best.run if study.best and study.best.trial == trial else None)


def class_names(study: Study, size: int) -> tuple[str, ...]:
    """Of so many classes; numbers where the study does not name them."""
    named = len(study.classes) == size
    return tuple(map(str, study.classes)) if named else tuple(f"class {index}" for index in range(size))
