"""Classification metrics from a confusion matrix, in NumPy: they are computed after every epoch."""

from __future__ import annotations

import numpy as np

__all__ = ["confusion_matrix", "macro_scores"]


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts by true (row) and predicted class, ``(classes, classes)``; both inputs ``(n,)`` class indices."""
    flat = np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def macro_scores(confusion: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F1, each the plain mean over the classes; 0 for a class where it is undefined."""
    hits = np.diag(confusion).astype(float)
    predicted = confusion.sum(axis=0)
    actual = confusion.sum(axis=1)
    precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
    recall = np.divide(hits, actual, out=np.zeros_like(hits), where=actual > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(hits), where=both > 0)
    return float(precision.mean()), float(recall.mean()), float(f1.mean())
