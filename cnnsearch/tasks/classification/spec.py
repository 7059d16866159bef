"""What classification declares: one label a picture."""

from __future__ import annotations

from cnnsearch.inputs.pictures.spec import MIXED
from cnnsearch.tasks.labelled.parameters import FITS, LABEL_PARAMETERS
from cnnsearch.tasks.task import Metric, TaskSpec

__all__ = ["CLASSIFICATION", "TOP"]

TOP = (2, 3, 5)
"""So many of the most probable classes are looked at by a top-k accuracy."""

CLASSIFICATION = TaskSpec(
    "classification",
    "one label a picture",
    metrics=(
        Metric("accuracy", "max", "share", high=1.0),
        Metric("loss", "min", "mean"),
        # The plain means over the classes.
        Metric("precision", "max", "corpus", high=1.0),
        Metric("recall", "max", "corpus", high=1.0),
        Metric("f1", "max", "corpus", high=1.0),
        *(Metric(f"top_{k}_accuracy", "max", "share", high=1.0) for k in TOP),
        Metric("balanced_accuracy", "max", "corpus", high=1.0),
        Metric("kappa", "max", "corpus", low=-1.0, high=1.0),
        Metric("matthews", "max", "corpus", low=-1.0, high=1.0),
        Metric("micro_f1", "max", "share", high=1.0),
        Metric("weighted_f1", "max", "corpus", high=1.0),
        Metric("auc", "max", "corpus", high=1.0),
        Metric("log_loss", "min", "mean"),
    ),
    every_epoch=("accuracy", "loss", "f1"),
    every_trial=("accuracy", "loss", "precision", "recall", "f1"),
    trained=("accuracy",),
    parameters=LABEL_PARAMETERS,
    mixes=MIXED,
    output="probabilities",
    fits=FITS,
    ends="softmax",
    has_classes=True,
    each=tuple(Metric(name, "max", "corpus", high=1.0) for name in ("recall", "precision", "f1")),
)
