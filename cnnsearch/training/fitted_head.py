"""FittedHead: scikit-learn's linear classifiers in the place of a program that trains."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnsearch.tasks.classification.metrics import confusion_matrix
from cnnsearch.training.latency import Latency, measured
from cnnsearch.training.program import Piece
from cnnsearch.training.structure import Structure

__all__ = ["FittedHead"]

_MOST_ITERATIONS = 2000


class FittedHead:
    """A head that is fitted to the features in one step, and used as a dense layer ever after.

    Args:
        structure: cut.
        config: ``head``, ``regularization_c`` and ``class_weights``.
        seed: of the solver.

    Attributes:
        model: from features to logits; of a linear support-vector machine, its decision values, whose softmax is no
            calibrated probability.
    """

    is_restorable = False  # fitted in one step: there is nothing to go on from
    variables: Sequence[Any] = ()

    def __init__(self, structure: Structure, config: Mapping[str, Any], seed: int) -> None:
        self.structure = structure
        self.model = structure.build(config)
        self._config = config
        self._seed = seed
        self._latency: Latency | None = None

    def train_epoch(
        self,
        pieces: Iterable[Piece],
        learning_rates: np.ndarray,  # noqa: ARG002 - the signature of a program's
        seed: int,  # noqa: ARG002
        step: int,  # noqa: ARG002
    ) -> tuple[float, float]:
        """Fit; mean cross-entropy and accuracy on the same pictures."""
        parts = [(np.asarray(x)[order], np.asarray(y)[order]) for x, y, order in pieces]
        x, y = _rows(np.concatenate([part[0] for part in parts])), np.concatenate([part[1] for part in parts])
        classifier = self._classifier()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged shows in its accuracy
            classifier.fit(x, y)
        self.model.get_layer("head_logits").set_weights(self._weights(classifier))
        losses, probabilities = self._found(x, y)
        return float(losses.mean()), float((probabilities.argmax(axis=1) == y).mean())

    def evaluate(self, pieces: Iterable[tuple[Any, Any]]) -> tuple[float, np.ndarray, np.ndarray]:
        """As :meth:`Program.evaluate <cnnsearch.training.program.Program.evaluate>`."""
        parts = [(np.asarray(x), np.asarray(y)) for x, y in pieces]
        x, y = _rows(np.concatenate([part[0] for part in parts])), np.concatenate([part[1] for part in parts])
        losses, probabilities = self._found(x, y)
        return float(losses.mean()), probabilities, confusion_matrix(y, probabilities.argmax(axis=1), self._classes)

    def latency(self, x: Any, y: Any) -> Latency:
        """Of one picture's features through the head."""
        if self._latency is None:
            self._latency = measured(lambda: self._found(_rows(np.asarray(x)), np.asarray(y)))
        return self._latency

    @property
    def _classes(self) -> int:
        return self.structure.classes

    def _classifier(self) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC

        kind = LogisticRegression if self._config["head"] == "logistic_regression" else LinearSVC
        weights = None if self._config["class_weights"] == "none" else "balanced"
        return kind(
            C=self._config["regularization_c"],
            class_weight=weights,
            max_iter=_MOST_ITERATIONS,
            random_state=self._seed % 2**32,
        )

    def _weights(self, classifier: Any) -> list[np.ndarray]:
        """Kernel and bias of the output layer; of two classes scikit-learn keeps one row, that of the second."""
        kernel, bias = np.zeros((self._features, self._classes)), np.full(self._classes, -1e9)
        seen = classifier.classes_
        if len(seen) == 2:
            kernel[:, seen], bias[seen] = 0.0, 0.0
            kernel[:, seen[1]], bias[seen[1]] = classifier.coef_[0], classifier.intercept_[0]
        else:
            kernel[:, seen], bias[seen] = classifier.coef_.T, classifier.intercept_
        return [kernel.astype(np.float32), bias.astype(np.float32)]

    @property
    def _features(self) -> int:
        return int(self.model.get_layer("head_logits").kernel.shape[0])

    def _found(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cross-entropy and probabilities of each row."""
        kernel, bias = (np.asarray(weight) for weight in self.model.get_layer("head_logits").weights)
        logits = (x @ kernel + bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        probabilities = np.exp(logits)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        chosen = np.maximum(probabilities[np.arange(len(y)), y], np.finfo(np.float64).tiny)
        return -np.log(chosen), probabilities.astype(np.float32)


def _rows(x: np.ndarray) -> np.ndarray:
    """Features of each picture in one row, as ``Flatten`` has them."""
    return x.reshape(len(x), -1).astype(np.float32)
