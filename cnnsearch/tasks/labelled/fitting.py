"""scikit-learn's linear classifiers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.tasks.imbalance import class_weights

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
    classifier = kind(
        C=config["regularization_c"],
        class_weight=_weights(y, config),
        max_iter=_MOST_ITERATIONS,
        random_state=seed % 2**32,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged shows in its accuracy
        classifier.fit(x, y, sample_weight)
    return classifier


def _weights(y: np.ndarray, config: Mapping[str, Any]) -> dict[int, float] | None:
    """Of the classes that there are."""
    if config["class_weights"] == "none":
        return None
    seen, counts = np.unique(y, return_counts=True)
    kind = config["class_weights"]
    if not isinstance(kind, str):
        return dict(enumerate(map(float, kind)))
    weights = class_weights(kind, counts, config["class_weights_beta"])
    return dict(zip(seen.tolist(), weights.tolist(), strict=True))
