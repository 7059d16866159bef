"""What is declared of a head that learns labels."""

from __future__ import annotations

from cnnsearch.space import Float
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.tasks.imbalance import FOCAL_GAMMA, OVERSAMPLING, WEIGHTS, beta

__all__ = ["FITS", "LABEL_PARAMETERS"]

FITS = ("logistic_regression", "linear_svm")
"""What ``head`` may say beside ``dense``; see :mod:`cnnsearch.tasks.labelled.fitting`."""

LABEL_PARAMETERS = Parameters(
    ParameterSpec(
        "label_smoothing",
        "float",
        0.0,
        "share of each label spread evenly over the classes, in training only",
        structural=False,
        low=0.0,
        high=0.99,
        sensible=Float(0.0, 0.2),
    ),
    ParameterSpec(
        "class_weights",
        "choice",
        "none",
        "weights of losses in training: a list, or by the pictures of a class; balanced: each class counts the same",
        structural=False,
        options=WEIGHTS,
        weighs=True,
        sensible=choices("none", "balanced"),
    ),
    beta("class_weights"),
    OVERSAMPLING,
    FOCAL_GAMMA,
)
