"""Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068)."""

from __future__ import annotations

import numpy as np

__all__ = ["suspicious_labels"]


def suspicious_labels(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures off the diagonal of the confident joint (section 3.1), the surest first.

    A picture counts for a class whose probability reaches the mean that the class has over the pictures with its label;
    of several such classes for the most probable one. Pictures are ranked by their normalised margin: the probability
    of the label less that of the class that it counts for (section 3.2).

    Args:
        labels: ``(n,)`` class indices.
        probabilities: ``(n, classes)``, of models that were not trained on the pictures; or ``(n,)`` of the second
            of two classes.

    Returns:
        Indices of the pictures, and the class that each counts for.
    """
    p = probabilities.astype(np.float64)
    if p.ndim == 1:
        p = np.stack([1 - p, p], axis=1)
    counts = np.bincount(labels, minlength=p.shape[1])
    sums = np.bincount(labels, weights=p[np.arange(len(labels)), labels], minlength=p.shape[1])
    # Of a class without a picture nothing is known, so that none counts for it.
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    confident = np.where(p >= thresholds, p, -1.0)
    classes = confident.argmax(axis=1)
    rows = np.flatnonzero((confident.max(axis=1) >= 0) & (classes != labels))
    margins = p[rows, labels[rows]] - p[rows, classes[rows]]
    order = rows[np.argsort(margins, kind="stable")]
    return order, classes[order]
