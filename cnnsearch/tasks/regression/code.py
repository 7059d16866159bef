"""Regression in a script: targets that are scaled, losses of them, and answers in their unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.scripts.random_layers import BETWEEN
from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, indented, joined, lines, name
from cnnsearch.tasks.contract.metrics import is_function, metric_of, output_number, split_name
from cnnsearch.tasks.regression.scale import told_dtype

__all__ = ["CODE"]

_LOSSES = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError"}

_SCORES = {
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "r2": "r2_score",
    "median_error": "median_absolute_error",
}
"""Metric -> scikit-learn's function."""

_UNKNOWN = "CENTRE, SPREAD = np.zeros(1), np.ones(1)  # the study does not tell: set mean and spread of y_train"

_SCALED = '''\


def scaled(y):
    """Numbers with a mean of 0 and a spread of 1 over the training targets."""
    return ((y - CENTRE) / SPREAD).astype("float32")


def mae(y_true, y_pred):
    """Mean absolute error of each picture, in the targets' unit."""
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) * SPREAD.astype("float32"), axis=-1)'''


def _constants(recipe: Recipe) -> list[Code]:
    numbers: Mapping[str, Mapping[str, Any]] = recipe.data.get("numbers", {})
    names = [str(name) for name in recipe.study.names]
    if not names or not all(name in numbers for name in names):
        return lines("NUMBERS = 1  # of a picture", 'TOLD = "float32"', _UNKNOWN, _SCALED)
    centre, spread = ([float(numbers[name][key]) for name in names] for key in ("mean", "spread"))
    return lines(
        "NUMBERS = {count}  # of a picture: {names}",
        "CENTRE = np.array({centre})  # mean of the training targets",
        "SPREAD = np.array({spread})  # their standard deviation",
        "TOLD = {dtype}  # what the saved model gives: float64 where float32 would lose digits",
        _SCALED,
        count=len(names),
        names=names,
        centre=centre,
        spread=spread,
        dtype=told_dtype(np.array(centre), np.array(spread)),
    )


def _targets(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    return lines("y_train, y_validation = scaled(y_train), scaled(y_validation)")


def _logits(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - a network of numbers stays as it is
    return lines("logits = outputs")


def _nothing(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - no head of this task is fitted by another library
    return []


def _loss(recipe: Recipe) -> Code:
    config = recipe.config
    if config["loss"] == "huber":
        return code("keras.losses.Huber({delta})", delta=config["huber_delta"])
    return code("keras.losses.{kind}()", kind=name(_LOSSES[config["loss"]]))


def _judged(recipe: Recipe) -> list[Code]:
    aim = recipe.study.experiment.objective.metric
    if aim in ("val_mae", "val_loss"):
        return []  # which Keras tells
    return [
        joined(
            [
                *lines("def judged(model, x, y):"),
                *indented(
                    [
                        code('"""What the study aims at, of the validation split, in the targets\' unit."""'),
                        *(
                            lines("import importlib", "")
                            if is_function(aim)
                            else lines("from sklearn import metrics", "")
                        ),
                        *lines("true, told = y * SPREAD + CENTRE, model.predict(x, verbose=0) * SPREAD + CENTRE"),
                        *_score(recipe, aim),
                    ]
                ),
            ]
        )
    ]


def _score(recipe: Recipe, aim: str) -> list[Code]:
    """Lines that return the objective of ``true`` and ``told``, ``(n, NUMBERS)`` each."""
    if is_function(aim):
        module, function = aim.split(":")
        return lines(
            "score = importlib.import_module({module}).{function}",
            "pair = (true, told) if NUMBERS > 1 else (true[:, 0], told[:, 0])",
            "return {{{aim}: float(score(*pair))}}",
            module=module,
            function=name(function),
            aim=aim,
        )
    base, output = split_name(metric_of(aim))
    index = None if output is None else output_number(recipe.study.names, output)
    column = code("") if index is None else code("[:, {index}]", index=index)
    return lines(
        "return {{{aim}: metrics.{function}(true{column}, told{column})}}",
        aim=aim,
        function=name(_SCORES[base]),
        column=column,
    )


def _stored(recipe: Recipe, labels: Code) -> Code:  # noqa: ARG001 - the same of every trial
    return code("scaled({labels})", labels=labels)


def _answers(logits: Code) -> Code:
    return code('layers.Rescaling(SPREAD, CENTRE, dtype=TOLD, name="values")({logits})', logits=logits)


CODE = TaskCode(
    constants=_constants,
    width=code("NUMBERS"),
    told="numbers, (n, NUMBERS)",
    targets=_targets,
    logits=_logits,
    fitted=_nothing,
    evaluated=_nothing,
    fit_options=lambda _: code(""),
    loss=_loss,
    metrics=lambda _: code("[mae]"),
    judged=_judged,
    stored=_stored,
    answers=_answers,
    mixed=BETWEEN,
)
