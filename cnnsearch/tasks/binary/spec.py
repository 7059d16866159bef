"""What binary classification declares: two classes, one of which is to be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.data.sources.spec import given_source
from cnnsearch.errors import Problem
from cnnsearch.inputs.pictures.spec import MIXED
from cnnsearch.space import Float, Parameter
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.labelled.parameters import FITS, LABEL_PARAMETERS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["BINARY"]

_THRESHOLD = ParameterSpec(
    "threshold",
    "float",
    None,
    "probability from which a picture is decided to be of the second class; null: where the balanced accuracy on the "
    "validation split is largest",
    structural=False,
    in_graph=False,
    predicts=False,
    low=0.0,
    high=1.0,
    sensible=Float(0.1, 0.9),
    nullable=True,
    neutral=(None,),
)


def _problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:  # noqa: ARG001
    classes = given_source(keys.get("dataset")).get("classes")
    if isinstance(classes, (list, tuple)) and len(classes) > 2:
        rule = f"task 'binary' tells two classes apart, and this names {len(classes)}: the second is the positive one"
        return [Problem("dataset.classes", rule, ", ".join(map(str, classes)))]
    return []


_METRICS = (
    Metric(
        "roc_auc",
        "max",
        "corpus",
        "chance that a positive picture gets a higher probability than a negative one: 0.5 is guessing",
        high=1.0,
    ),
    Metric(
        "average_precision",
        "max",
        "corpus",
        "mean precision over all thresholds, weighted by what each adds to the recall",
        high=1.0,
    ),
    Metric("loss", "min", "mean", "what the training makes small"),
    # At the threshold.
    Metric("accuracy", "max", "share", "share of the pictures that are taken for their own class", high=1.0),
    Metric("balanced_accuracy", "max", "corpus", "mean of sensitivity and specificity", high=1.0),
    Metric("sensitivity", "max", "corpus", "of the positive pictures, the share that is found", high=1.0),
    Metric("specificity", "max", "corpus", "of the negative pictures, the share that is taken for negative", high=1.0),
    Metric("precision", "max", "corpus", "of the pictures that are taken for positive, the share that is", high=1.0),
    Metric("f1", "max", "corpus", "harmonic mean of precision and sensitivity", high=1.0),
)

BINARY = TaskSpec(
    "binary",
    "one of two classes a picture: the second, the positive one, is to be found",
    metrics=_METRICS,
    # The first at no threshold: no number is better for what was searched on the pictures that it is of.
    every_epoch=("roc_auc", "loss", "accuracy", "balanced_accuracy"),
    every_trial=tuple(metric.name for metric in _METRICS),
    # At the threshold of the validation split, which is not known yet, or at another one: either would mislead.
    trained=(),
    parameters=Parameters(LABEL_PARAMETERS.values(), (_THRESHOLD,)),
    mixes=MIXED,
    teaches="probabilities",
    output="probability",
    fits=FITS,
    ends="sigmoid",
    has_classes=True,
    problems=_problems,
    decided_of_all=(_THRESHOLD.name,),
)
