"""Predictions of no model, on which a metric is tried before there is one."""

from __future__ import annotations

import numpy as np

from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.tasks.contract.targets import Targets
from cnnsearch.tasks.task import TaskSpec

__all__ = ["guesses"]


def guesses(task: TaskSpec, targets: Targets) -> Predictions:
    """What a model of the task might give for these targets if it knew nothing; always the same."""
    generator = np.random.default_rng(0)
    if task.follows:
        return task.guessed(targets, generator)
    shape = (len(targets.values), targets.outputs.width)
    if task.ends == "softmax":
        outputs = generator.dirichlet(np.ones(shape[1]), shape[0])
    elif task.ends == "sigmoid":
        outputs = generator.random(shape)
    else:
        outputs = generator.permutation(targets.values).reshape(shape)  # in their unit, of other pictures
    return task.answers(targets.names).predictions(targets.values, outputs.astype(np.float32))
