"""scikit-learn's linear classifiers as the weights of a dense layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.tasks.classification.metrics import confusion_matrix
from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.labelled.fitting import fitted_classifier

__all__ = ["FittedClassifier", "make"]


class FittedClassifier:
    """Logistic regression, or a linear support-vector machine.

    The latter's outputs are decision values, whose softmax is no calibrated probability.

    Args:
        classes: number of them.
        config: ``head``, ``regularization_c`` and ``class_weights``.
        seed: of the solver.
    """

    def __init__(self, classes: int, config: Mapping[str, Any], seed: int) -> None:
        self._classes = classes
        self._config = config
        self._seed = seed

    def weights(self, x: np.ndarray, y: np.ndarray, of: np.ndarray | None = None) -> list[np.ndarray]:
        """Kernel and bias; of two classes scikit-learn keeps one row, that of the second."""
        classifier = fitted_classifier(x, y, self._config, self._seed, of)
        kernel, bias = np.zeros((x.shape[1], self._classes)), np.full(self._classes, -1e9)
        seen = classifier.classes_
        if len(seen) == 2:
            kernel[:, seen], bias[seen] = 0.0, 0.0
            kernel[:, seen[1]], bias[seen[1]] = classifier.coef_[0], classifier.intercept_[0]
        else:
            kernel[:, seen], bias[seen] = classifier.coef_.T, classifier.intercept_
        return [kernel.astype(np.float32), bias.astype(np.float32)]

    def judged(self, outputs: np.ndarray, y: np.ndarray) -> Judged:
        """Cross-entropy and probabilities of each row."""
        outputs -= outputs.max(axis=1, keepdims=True)
        probabilities = np.exp(outputs)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        chosen = np.maximum(probabilities[np.arange(len(y)), y], np.finfo(np.float64).tiny)
        kept = probabilities.astype(np.float32)
        return Judged(
            -np.log(chosen),
            {"probabilities": kept},
            {"confusion": confusion_matrix(y, kept.argmax(axis=1), self._classes)},
        )


def make(outputs: Outputs, config: Mapping[str, Any], seed: int) -> FittedClassifier:
    """See :meth:`TaskSpec.fitted <cnnsearch.tasks.task.TaskSpec.fitted>`."""
    return FittedClassifier(outputs.width, config, seed)
