"""How long a search and all that follows it take, by what a trial takes."""

from __future__ import annotations

import math

from cnnsearch.experiment import Experiment

__all__ = ["with_all_that_follows"]


def with_all_that_follows(
    experiment: Experiment, trials: float | None, trainings: int, epochs: float, epoch_seconds: float, at_once: int
) -> float | None:
    """Seconds of a search and of all that follows it; ``None``: it has no end.

    Args:
        experiment: that is run.
        trials: seconds of those of the budget; ``None``: it has no number of them.
        trainings: of a trial.
        epochs: of each.
        epoch_seconds: of one.
        at_once: workers.
    """
    budget, evaluation = experiment.budget, experiment.cross_validation
    minutes = None if budget.minutes is None else 60 * budget.minutes
    used_up = _used_up(experiment, trainings * epoch_seconds, at_once)
    limits = [None if budget.all else minutes, *used_up, trials]
    search = min((limit for limit in limits if limit is not None), default=None)
    if search is None:
        return minutes
    following = 0.0
    if experiment.final != "keep":
        again = _replacing(experiment, trainings, at_once) * experiment.refit_times
        following += again * epochs * epoch_seconds
    if experiment.finalists is not None:
        runs = experiment.finalists.top * experiment.finalists.seeds * (1 if evaluation is None else evaluation.folds)
        following += runs * experiment.epochs * epoch_seconds / at_once
    return min(search + following, minutes) if budget.all and minutes is not None else search + following


def _replacing(experiment: Experiment, trainings: int, at_once: int) -> int:
    """Trainings of a refit, or of an ensemble: of folds those of a trial, of finalists none.

    Those of several refits run at once.
    """
    if experiment.final == "refit":
        return math.ceil(experiment.networks / at_once)
    return 0 if experiment.cross_validation is None else trainings


def _used_up(experiment: Experiment, epoch_seconds: float, at_once: int) -> list[float]:
    """Seconds in which so many workers use up the epochs and the hours of the budget.

    Args:
        experiment: whose budget it is.
        epoch_seconds: of a trial.
        at_once: workers.
    """
    budget, found = experiment.budget, []
    if budget.epochs is not None:
        found.append(budget.epochs * epoch_seconds / at_once)
    if budget.worker_hours is not None:
        found.append(budget.worker_hours * 3600 / at_once)
    return found
