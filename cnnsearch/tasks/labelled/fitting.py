"""scikit-learn's linear classifiers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["fitted_classifier"]

_MOST_ITERATIONS = 2000


def fitted_classifier(
    x: np.ndarray, y: np.ndarray, config: Mapping[str, Any], seed: int, sample_weight: np.ndarray | None = None
) -> Any:
    """Logistic regression, or a linear support-vector machine, fitted.

    Args:
        x: features, ``(n, features)``.
        y: numbers of classes, ``(n,)``.
        config: ``head``, ``regularization_c`` and ``class_weights``.
        seed: of the solver.
        sample_weight: ``(n,)``; ``None``: all the same.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    kind = LogisticRegression if config["head"] == "logistic_regression" else LinearSVC
    weights = None if config["class_weights"] == "none" else "balanced"
    classifier = kind(
        C=config["regularization_c"],
        class_weight=weights,
        max_iter=_MOST_ITERATIONS,
        random_state=seed % 2**32,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged shows in its accuracy
        classifier.fit(x, y, sample_weight)
    return classifier
