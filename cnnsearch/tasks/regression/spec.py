"""What regression declares: one or several numbers a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.data.sources.spec import given_source
from cnnsearch.errors import Problem
from cnnsearch.space import Parameter
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.task import TaskSpec

__all__ = ["REGRESSION"]

_ENDLESS = float("inf")

_PARAMETERS = Parameters(
    ParameterSpec(
        "loss",
        "choice",
        "mse",
        "loss of the scaled numbers: mse, mean squared error; mae, mean absolute error; huber, the first up to "
        "huber_delta and the second beyond",
        predicts=False,
        options=("mse", "mae", "huber"),
        sensible=choices("mse", "mae", "huber"),
    ),
    ParameterSpec(
        "huber_delta",
        "float",
        1.0,
        "error from which on the loss is linear, in units of the targets' spread",
        predicts=False,
        low=1e-3,
        high=1e3,
        sensible=choices(0.5, 1.0, 2.0),
        read_where=(Switch("loss", on=("huber",)),),
    ),
)


def _problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """What would be ignored, or compared that cannot be."""
    found = []
    if (separator := given_source(keys.get("dataset")).get("label_separator")) is not None:
        rule = "task 'regression' reads one number a cell: leave it out, and name several columns as label_columns"
        found.append(Problem("dataset.label_separator", rule, separator))
    searched = [name for name in ("loss", "huber_delta") if name in space and space[name].size != 1]
    objective = keys.get("objective")
    if searched and (objective if isinstance(objective, str) else _key(objective, "metric")) == "val_loss":
        rule = (
            f"cannot be val_loss where {' and '.join(searched)} of the space {'is' if len(searched) == 1 else 'are'} "
            "searched: each trial would be measured by another loss; val_mae and val_rmse are the same for all"
        )
        found.append(Problem("objective.metric", rule, "val_loss"))
    return found


def _key(section: Any, key: str) -> Any:
    """Of a section of the experiment, as it was given."""
    return section.get(key) if isinstance(section, Mapping) else getattr(section, key, None)


REGRESSION = TaskSpec(
    "regression",
    "one or several numbers a picture",
    # Of several numbers each is the plain mean over them, as scikit-learn's uniform average; in the targets' unit but
    # for the loss, which is of the scaled numbers.
    metrics=(
        # The first, at which a search aims unless it is told otherwise: it reads in the targets' unit, few odd
        # pictures do not decide it, and it means the same whatever the loss.
        Metric("mae", "min", "mean", "mean absolute error: how far the prediction is off, in the mean"),
        Metric("rmse", "min", "corpus", "root of the mean squared error: large errors count for more"),
        Metric(
            "r2",
            "max",
            "corpus",
            "share of the spread that is explained: 1 is perfect, 0 as good as always telling the mean",
            low=-_ENDLESS,
            high=1.0,
        ),
        Metric("median_error", "min", "corpus", "half of the predictions are less far off than that"),
        Metric("loss", "min", "mean", "what the training makes small"),
    ),
    each=(
        Metric("mae", "min", "mean", "mean absolute error: how far the prediction is off, in the mean"),
        Metric("rmse", "min", "corpus", "root of the mean squared error: large errors count for more"),
        Metric(
            "r2",
            "max",
            "corpus",
            "share of the spread that is explained: 1 is perfect, 0 as good as always telling the mean",
            low=-_ENDLESS,
            high=1.0,
        ),
        Metric("median_error", "min", "corpus", "half of the predictions are less far off than that"),
    ),
    every_epoch=("mae", "loss", "rmse", "r2"),
    every_trial=("mae", "rmse", "r2", "median_error", "loss"),
    trained=("mae",),
    parameters=_PARAMETERS,
    # A rectangle of another picture says nothing of a number between the two.
    mixes=("mixup",),
    teaches="numbers",
    output="values",
    ends="linear",
    problems=_problems,
    kept=("values", "losses"),
    measures=True,
)
