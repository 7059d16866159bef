"""scikit-learn's linear classifiers as the weights of a dense layer of one unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.labelled.fitting import fitted_classifier

__all__ = ["FittedBinary", "make"]


class FittedBinary:
    """Logistic regression, or a linear support-vector machine.

    The latter's output is a decision value, whose sigmoid is no calibrated probability.

    Args:
        config: ``head``, ``regularization_c`` and ``class_weights``.
        seed: of the solver.
    """

    def __init__(self, config: Mapping[str, Any], seed: int) -> None:
        self._config = config
        self._seed = seed

    def weights(self, x: np.ndarray, y: np.ndarray, of: np.ndarray | None = None) -> list[np.ndarray]:
        """Kernel ``(features, 1)`` and bias ``(1,)``: of two classes scikit-learn keeps those of the second."""
        classifier = fitted_classifier(x, y, self._config, self._seed, of)
        return [classifier.coef_.T.astype(np.float32), classifier.intercept_.astype(np.float32)]

    def judged(self, outputs: np.ndarray, y: np.ndarray) -> Judged:
        """Cross-entropy and probability of each row."""
        logits = outputs[:, 0]
        # Of either class the logarithm of 1 + exp(-|logit|), without overflow.
        losses = np.logaddexp(0.0, np.where(y == 1, -logits, logits))
        probabilities = np.exp(-np.logaddexp(0.0, -logits))
        return Judged(losses, {"probabilities": probabilities.astype(np.float32)}, {})


def make(outputs: Outputs, config: Mapping[str, Any], seed: int) -> FittedBinary:  # noqa: ARG001 - there is one output
    """See :meth:`TaskSpec.fitted <cnnsearch.tasks.task.TaskSpec.fitted>`."""
    return FittedBinary(config, seed)
