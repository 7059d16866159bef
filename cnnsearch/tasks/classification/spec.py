"""What classification declares: one label a picture."""

from __future__ import annotations

from cnnsearch.inputs.pictures.spec import MIXED
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.labelled.parameters import FITS, LABEL_PARAMETERS
from cnnsearch.tasks.task import TaskSpec

__all__ = ["CLASSIFICATION", "TOP"]

TOP = (2, 3, 5)
"""So many of the most probable classes are looked at by a top-k accuracy."""

CLASSIFICATION = TaskSpec(
    "classification",
    "one label a picture",
    metrics=(
        Metric("accuracy", "max", "share", "share of the pictures that are taken for their own class", high=1.0),
        Metric("loss", "min", "mean", "what the training makes small"),
        # The plain means over the classes.
        Metric(
            "precision",
            "max",
            "corpus",
            "of what is taken for a class, the share that is of it; mean over the classes",
            high=1.0,
        ),
        Metric(
            "recall",
            "max",
            "corpus",
            "of the pictures of a class, the share that is recognised; mean over the classes",
            high=1.0,
        ),
        Metric(
            "f1", "max", "corpus", "harmonic mean of precision and recall of a class; mean over the classes", high=1.0
        ),
        *(
            Metric(
                f"top_{k}_accuracy",
                "max",
                "share",
                f"share of the pictures whose class is among the {k} most probable",
                high=1.0,
            )
            for k in TOP
        ),
        Metric(
            "balanced_accuracy",
            "max",
            "corpus",
            "accuracy in which each class counts the same, however many pictures it has",
            high=1.0,
        ),
        Metric(
            "kappa",
            "max",
            "corpus",
            "accuracy beyond what chance would reach (Cohen): 0 is guessing, 1 is perfect",
            low=-1.0,
            high=1.0,
        ),
        Metric(
            "matthews",
            "max",
            "corpus",
            "correlation between true and predicted classes: 0 is guessing, 1 is perfect",
            low=-1.0,
            high=1.0,
        ),
        Metric("micro_f1", "max", "share", "F1 of all pictures together: the same as the accuracy", high=1.0),
        Metric(
            "weighted_f1",
            "max",
            "corpus",
            "F1 of a class; mean over the classes, in which each counts by its pictures",
            high=1.0,
        ),
        Metric(
            "auc",
            "max",
            "corpus",
            "chance that a picture of a class gets a higher probability of it than another one: 0.5 is guessing",
            high=1.0,
        ),
        Metric(
            "log_loss",
            "min",
            "mean",
            "cross-entropy: the less, the higher the probability that the true class is given",
        ),
    ),
    every_epoch=("accuracy", "loss", "f1"),
    every_trial=("accuracy", "loss", "precision", "recall", "f1"),
    trained=("accuracy",),
    parameters=LABEL_PARAMETERS,
    mixes=MIXED,
    teaches="probabilities",
    output="probabilities",
    fits=FITS,
    ends="softmax",
    has_classes=True,
    each=(
        Metric("recall", "max", "corpus", "of the pictures of the class, the share that is recognised", high=1.0),
        Metric("precision", "max", "corpus", "of what is taken for the class, the share that is of it", high=1.0),
        Metric("f1", "max", "corpus", "harmonic mean of the two", high=1.0),
    ),
)
