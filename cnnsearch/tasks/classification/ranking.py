"""Metrics of probabilities by their order: top-k accuracy, and the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.tasks.contract.metrics import UndefinedError

__all__ = ["auc", "auc_pseudo_values", "dense_ranks", "in_top"]


def in_top(labels: np.ndarray, probabilities: np.ndarray, k: int) -> np.ndarray:
    """Whether the true class is among the ``k`` most probable ones, ``(n,)``; of equal ones the last come first.

    Raises:
        UndefinedError: there are no more classes than that.
    """
    classes = probabilities.shape[1]
    if k >= classes:
        raise UndefinedError(f"top_{k}_accuracy needs more than {k} classes, and there are {classes}")
    own = probabilities[np.arange(len(labels)), labels][:, None]
    behind = np.arange(classes) > labels[:, None]
    before = (probabilities > own) | ((probabilities == own) & behind)
    return np.asarray(before.sum(axis=1) < k)


def dense_ranks(probabilities: np.ndarray) -> np.ndarray:
    """Within each column the number of smaller values that occur, ``(n, classes)`` int32."""
    ranks = np.empty(probabilities.shape, np.int32)
    for column in range(probabilities.shape[1]):
        ranks[:, column] = np.unique(probabilities[:, column], return_inverse=True)[1]
    return ranks


def auc(labels: np.ndarray, ranks: np.ndarray) -> float:
    """Area under the ROC curve, the mean over the classes of each against the rest; of two classes the second's.

    Args:
        labels: ``(n,)`` class indices.
        ranks: ``(n, classes)``, whole numbers in the order of the probabilities; of some pictures they may have gaps.

    Raises:
        UndefinedError: a class has no pictures.
    """
    areas = [
        float(positive @ _lower(rest)) / (positive.sum() * rest.sum()) for _, positive, rest in _rated(labels, ranks)
    ]
    return float(np.mean(areas))


def auc_pseudo_values(labels: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Its jackknife pseudo-values, ``(n,)``; arguments as of :func:`auc`.

    Raises:
        UndefinedError: a class has no pictures but one.
    """
    n = len(labels)
    whole, without = 0.0, np.zeros(n)
    for number, positive, rest in _rated(labels, ranks):
        mine, own = labels == number, ranks[:, number]
        many, others = int(mine.sum()), n - int(mine.sum())
        if many < 2 or others < 2:
            raise UndefinedError("auc is not defined without the only picture of a class")
        below = _lower(rest)  # of the rest, by rank
        above = many - _lower(positive)  # of the class
        pairs = float(positive @ below)
        left = np.where(mine, pairs - below[own], pairs - above[own])
        without += left / np.where(mine, (many - 1) * others, many * (others - 1))
        whole += pairs / (many * others)
    areas = ranks.shape[1] if ranks.shape[1] > 2 else 1
    return np.asarray((n * whole - (n - 1) * without) / areas)


def _rated(labels: np.ndarray, ranks: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """A class, and by rank how many pictures of it and of the rest have that."""
    classes = ranks.shape[1]
    lacking = np.flatnonzero(np.bincount(labels, minlength=classes) == 0)
    if len(lacking):
        raise UndefinedError("auc is not defined where a class has no pictures")
    for number in range(classes) if classes > 2 else (1,):
        own, highest = ranks[:, number], int(ranks[:, number].max()) + 1
        positive = np.bincount(own[labels == number], minlength=highest)
        yield number, positive, np.bincount(own, minlength=highest) - positive


def _lower(counted: np.ndarray) -> np.ndarray:
    """By rank, how many have a lower one; an equal one counts half."""
    return np.asarray(np.cumsum(counted) - counted / 2)
