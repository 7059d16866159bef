"""The models that a study keeps: the best one's, and with several objectives those of the others of the front."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.winner.best import front_model
from cnnsearch.study.winner.best_model import find_best, open_best
from cnnsearch.study.winner.compressed import open_network

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["KeptModel", "of_one_fold", "kept_trials", "open_kept"]


@dataclass(frozen=True)
class KeptModel:
    """A model of a study.

    Attributes:
        path: a file of this machine, not to be written to.
        config: of its trial.
        metrics: of the training that it is of.
    """

    path: Path
    config: Mapping[str, Any]
    metrics: Mapping[str, float | None]


def kept_trials(study: Study) -> list[int]:
    """The trials whose models are there, in their order."""
    best = find_best(study, thorough=False)
    chosen = [best.best.trial] if best is not None and best.file is not None else []
    front = [line.trial for line in study.front if study.store.exists(front_model(line.trial))]
    return sorted({*chosen, *front})


def of_one_fold(study: Study, trial: int) -> str:
    """What must be known of the model of a trial of the front under cross-validation; empty of any other."""
    evaluation = study.experiment.cross_validation
    if evaluation is None or (study.best is not None and trial == study.best.trial):
        return ""
    return f"It is that of one of {evaluation}, and was trained without the pictures that judge it."


@contextlib.contextmanager
def open_kept(study: Study, trial: int | None = None, compressed: str | None = None) -> Iterator[KeptModel]:
    """The model of a trial of the front; left out, that of the best one.

    Args:
        study: that keeps it.
        trial: of the front.
        compressed: of the best one what was built anew of it under this name; left out, itself.

    Raises:
        InputError: it is not there, or ``best/`` holds another one than the record names.
    """
    best = study.best
    if trial is None or (best is not None and trial == best.trial):
        with open_best(study) as (path, found), contextlib.ExitStack() as opened:
            file = path if compressed is None else opened.enter_context(open_network(study, compressed))
            yield KeptModel(file, found.best.config, found.best.decisive)
        return
    line = next((line for line in study.front if line.trial == trial), None)
    if line is None or not study.store.exists(front_model(trial)):
        kept = ", ".join(map(str, kept_trials(study)))
        there = f"kept are those of {kept}" if kept else "none is kept"
        rule = f"its model is not in the study ({there}): cnnsearch rerun STUDY {trial} --export FILE trains it again"
        raise InputError(Problem("--trial", rule, trial))
    with study.store.as_file(front_model(trial)) as path:
        yield KeptModel(path, line.config, line.metrics)
