"""What a task writes of a script."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from cnnsearch.scripts.random_layers import BOTH
from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code

__all__ = ["TaskCode", "task_code"]


@dataclass(frozen=True)
class TaskCode:
    """The name ``CODE`` in ``tasks/NAME/code.py``.

    Attributes:
        constants: lines at the top of the script.
        width: how many numbers its head takes of a picture.
        told: what ``y_train`` and ``y_validation`` are, for its head.
        targets: lines that prepare them for training.
        logits: lines from the ``outputs`` of a network of the user's, of pictures ``inputs``, to ``logits`` as its head
            takes them.
        fitted: lines, after a classifier of another library was fitted, from its ``coefficients`` and ``intercepts`` to
            ``kernel`` and ``bias`` of the last layer.
        evaluated: lines, after a classifier of another library was fitted, that prepare them for evaluation alone.
        fit_options: further arguments of ``fit``.
        loss, metrics: the arguments of ``compile``.
        unfocused: the argument ``loss`` without the focal loss.
        alike: lines that define ``alike``, how many pictures there are of the kind of each, ``(n,)``.
        sample_weight: whether what ``targets`` prepares has an array of that name.
        judged: the definition of a function ``judged(model, x, y)`` that gives the metrics of the validation split, by
            their names in a study, that Keras does not tell; nothing: it tells all that the study aims at.
        mixed: the definition of ``Mixed``, a model whose layer ``mix`` mixes pictures.
        stored: code of the targets as the file of arrays has them -> as ``evaluate`` takes them.
        answers: code of what the network gives -> of what is saved as the model's answer.
    """

    constants: Callable[[Recipe], list[Code]]
    width: Code
    told: str
    targets: Callable[[Recipe], list[Code]]
    logits: Callable[[Recipe], list[Code]]
    fitted: Callable[[Recipe], list[Code]]
    evaluated: Callable[[Recipe], list[Code]]
    fit_options: Callable[[Recipe], Code]
    loss: Callable[[Recipe], Code]
    metrics: Callable[[Recipe], Code]
    stored: Callable[[Recipe, Code], Code]
    answers: Callable[[Code], Code]
    judged: Callable[[Recipe], list[Code]] = lambda _: []
    unfocused: Callable[[Recipe], Code] = lambda _: code("")
    alike: Callable[[Recipe], list[Code]] = lambda _: []
    sample_weight: Callable[[Recipe], bool] = lambda _: False
    mixed: Code = BOTH


def task_code(recipe: Recipe) -> TaskCode:
    """That of the trial's task."""
    task = recipe.study.experiment.task
    return cast("TaskCode", importlib.import_module(f"cnnsearch.tasks.{task}.code").CODE)
