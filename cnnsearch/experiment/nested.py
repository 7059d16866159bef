"""Nested cross-validation: the experiments of its searches, each of which never sees one outer fold."""

from __future__ import annotations

from cnnsearch.experiment.evaluation import Evaluation
from cnnsearch.experiment.experiment import Experiment
from cnnsearch.experiment.outlets import Tracking

__all__ = ["outer_experiments", "outer_in_words"]

_NAME = 160
"""Characters of a name that are kept where more is said behind it."""


def outer_experiments(experiment: Experiment) -> list[Experiment]:
    """The experiment of the search without each outer fold, in their order; empty where there are none.

    Nobody is notified of one, and no tracker follows it: it is part of a study that does.
    """
    evaluation = experiment.evaluation
    if evaluation is None:
        return []
    count = evaluation.searches
    return [_without_fold(experiment, evaluation, fold, count) for fold in range(1, count + 1)]


def outer_in_words(experiment: Experiment) -> str:
    """``outer fold 2 of 5``; empty where the search holds out none."""
    evaluation = experiment.evaluation
    if evaluation is None or evaluation.outer_fold is None:
        return ""
    return f"outer fold {evaluation.outer_fold} of {evaluation.outer}"


def _without_fold(experiment: Experiment, evaluation: Evaluation, fold: int, count: int) -> Experiment:
    changed = {
        "evaluation": evaluation.model_copy(update={"outer_fold": fold}),
        "name": f"{experiment.name[:_NAME]}, outer fold {fold} of {count}",
        "notify": None,
        "tracking": Tracking(),
    }
    return experiment.model_copy(update=changed)  # which keeps arrays in memory
