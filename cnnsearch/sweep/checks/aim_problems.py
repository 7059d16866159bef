"""Whether the data define what a search aims at."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import Problem, nearest
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.contract.metrics import UndefinedError, is_function, metric_of, output_number, split_name
from cnnsearch.tasks.guesses import guesses

__all__ = ["aim_problems", "judging"]

_WHERE = "objective.metric"


def aim_problems(experiment: Experiment, dataset: Dataset, split: Split) -> Iterator[Problem]:
    """Why the objective would have no number, as of a class that is not there; a function of the user's own is not run.

    Args:
        experiment: what would be run.
        dataset, split: its data.
    """
    aim, task, targets = experiment.objective.metric, experiment.predicted, dataset.targets
    name = metric_of(aim)
    if is_function(name) or name in task.every_epoch:
        return  # the latter are always defined
    _, output = split_name(name)
    if output is not None and output_number(targets.names, output) is None:
        yield Problem(_WHERE, f"the data have nothing of the name '{output}'; {nearest(output, targets.names)}", aim)
        return
    for which, members in judging(split):
        if not len(members):
            continue
        try:
            value = guesses(task, targets.take(members)).scores([name])[name]
            why = None if math.isfinite(value) else f"it is {value}"
        except UndefinedError as error:
            why = str(error)
        if why is not None:
            yield Problem(_WHERE, f"has no number on the {which}: {why}", aim)
            return


def judging(split: Split) -> Iterator[tuple[str, np.ndarray]]:
    """Pictures by which something is judged: their name, their indices."""
    if split.folds is None:
        yield "validation split", split.validation
    else:
        for number, fold in enumerate(split.folds.of_trials, 1):
            yield f"validation pictures of fold {number}", split.validation[fold.validation]
    yield "test split", split.test
