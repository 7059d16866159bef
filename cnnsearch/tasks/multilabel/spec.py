"""What multilabel declares: any number of labels a picture, also none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.data.sources.spec import given_source
from cnnsearch.errors import Problem
from cnnsearch.inputs.pictures.spec import MIXED
from cnnsearch.space import Float, Parameter
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.imbalance import FOCAL_GAMMA, OVERSAMPLING, WEIGHTS, beta
from cnnsearch.tasks.task import TaskSpec

__all__ = ["MULTILABEL"]

_PARAMETERS = Parameters(
    ParameterSpec(
        "label_smoothing",
        "float",
        0.0,
        "how far 0 and 1 of each label are moved towards one half, as a share of the way, in training only",
        structural=False,
        low=0.0,
        high=0.99,
        sensible=Float(0.0, 0.2),
    ),
    ParameterSpec(
        "positive_weights",
        "choice",
        "none",
        "weights of the losses of labels that are there: a list, or by their numbers; balanced: as those that are not",
        structural=False,
        options=WEIGHTS,
        weighs=True,
        sensible=choices("none", "balanced"),
    ),
    beta("positive_weights"),
    OVERSAMPLING,
    FOCAL_GAMMA,
    ParameterSpec(
        "threshold",
        "float",
        None,
        "probability from which a label is told, one for all; null: of each label the one by which its F1 is highest "
        "on the validation split",
        structural=False,
        in_graph=False,
        predicts=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.1, 0.9),
        nullable=True,
        neutral=(None,),
    ),
)


def _problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:  # noqa: ARG001
    return list(_of_data(keys.get("dataset")))


def _of_data(dataset: Any) -> Iterator[Problem]:
    """Sources that bring no labels, as far as the keys tell."""
    given = given_source(dataset)
    source = given.get("source")
    if source == "digits":
        rule = "it has one class a picture, and task 'multilabel' predicts several labels: give a csv or an npz file"
        yield Problem("dataset.source", rule, source)
    if source not in ("csv", "parquet") or given.get("label_separator") is not None:
        return
    columns = given.get("label_columns")
    if columns is None:
        rule = (
            "is missing: task 'multilabel' reads several columns of 0 and 1 (label_columns: [a, b]), or one column of "
            "labels (label_column and label_separator)"
        )
        yield Problem("dataset.label_columns", rule)
    elif isinstance(columns, (list, tuple)) and len(columns) < 2:
        rule = (
            "must name at least two columns of 0 and 1: one label alone is the task binary, and of several labels in "
            "one column label_separator says what stands between them"
        )
        yield Problem("dataset.label_columns", rule, list(columns))


MULTILABEL = TaskSpec(
    "multilabel",
    "any number of labels a picture, also none",
    metrics=(
        # The first, at which a search aims unless it is told otherwise: it needs no threshold, so nothing that is
        # searched on the validation split makes it look better there, and each label counts the same.
        Metric(
            "average_precision",
            "max",
            "corpus",
            "mean precision over all thresholds, weighted by what each adds to the recall; mean over the labels",
            high=1.0,
        ),
        Metric(
            "roc_auc",
            "max",
            "corpus",
            "chance that a picture with the label gets a higher probability than one without; mean over the labels",
            high=1.0,
        ),
        Metric("f1", "max", "corpus", "harmonic mean of precision and recall; mean over the labels", high=1.0),
        Metric(
            "precision",
            "max",
            "corpus",
            "of the pictures that are told to have the label, the share that has it; mean over the labels",
            high=1.0,
        ),
        Metric(
            "recall",
            "max",
            "corpus",
            "of the pictures that have the label, the share that is told to; mean over the labels",
            high=1.0,
        ),
        Metric("micro_f1", "max", "corpus", "F1 of all labels of all pictures together", high=1.0),
        Metric("exact_match", "max", "share", "share of the pictures of which every label is told rightly", high=1.0),
        Metric("hamming_loss", "min", "mean", "share of all labels of all pictures that are told wrongly", high=1.0),
        Metric("loss", "min", "mean", "what the training makes small"),
    ),
    each=(
        Metric(
            "average_precision",
            "max",
            "corpus",
            "mean precision over all thresholds, weighted by what each adds to the recall",
            high=1.0,
        ),
        Metric(
            "roc_auc",
            "max",
            "corpus",
            "chance that a picture with the label gets a higher probability than one without",
            high=1.0,
        ),
        Metric("f1", "max", "corpus", "harmonic mean of precision and recall", high=1.0),
        Metric(
            "precision",
            "max",
            "corpus",
            "of the pictures that are told to have the label, the share that has it",
            high=1.0,
        ),
        Metric("recall", "max", "corpus", "of the pictures that have the label, the share that is told to", high=1.0),
    ),
    decided=("threshold",),
    every_epoch=("average_precision", "loss", "f1", "exact_match"),
    every_trial=(
        *("average_precision", "roc_auc", "f1", "precision", "recall", "micro_f1", "exact_match", "hamming_loss"),
        "loss",
    ),
    # Nothing beside the loss: the training split has no thresholds, and at others its numbers would not compare.
    trained=(),
    parameters=_PARAMETERS,
    mixes=MIXED,
    teaches="probabilities",
    output="labels",
    ends="sigmoid",
    problems=_problems,
)
