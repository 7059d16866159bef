"""Confident learning, counted by hand."""

from __future__ import annotations

import numpy as np

from cnnsearch.tasks.labelled.suspicious import suspicious_labels


def test_the_confident_joint_by_hand() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    # Means over the pictures of a class: (0.9 + 0.8 + 0.1) / 3 = 0.6, and (0.9 + 0.7 + 0.35) / 3 = 0.65.
    second = np.array([0.1, 0.2, 0.9, 0.9, 0.7, 0.35])
    rows, classes = suspicious_labels(labels, second)
    assert (rows.tolist(), classes.tolist()) == ([2, 5], [1, 0])  # 0.9 >= 0.65, and 1 - 0.35 >= 0.6
    both, same = suspicious_labels(labels, np.stack([1 - second, second], axis=1))
    assert (both.tolist(), same.tolist()) == ([2, 5], [1, 0])


def test_a_picture_that_reaches_no_mean_is_not_suspicious() -> None:
    p = np.array([[0.9, 0.1, 0.0], [0.4, 0.5, 0.1], [0.2, 0.8, 0.0]])
    rows, _ = suspicious_labels(np.array([0, 0, 1]), p)
    assert rows.tolist() == []  # 0.5 is below the mean of class 1, 0.8, and no picture is of class 2


def test_labels_that_were_swapped_are_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 400)
    p = rng.dirichlet(np.ones(4), 400) * 0.4
    p[np.arange(400), true] += 0.6
    labels = true.copy()
    wrong = rng.permutation(400)[:12]
    labels[wrong] = (true[wrong] + 1) % 4
    rows, classes = suspicious_labels(labels, p)
    means = [p[labels == number, number].mean() for number in range(4)]
    sure = [index for index in wrong.tolist() if p[index, true[index]] >= means[true[index]]]
    assert sorted(rows.tolist()) == sorted(sure)
    assert len(sure) >= 4
    assert (classes == true[rows]).all()
    margins = p[rows, labels[rows]] - p[rows, classes]
    assert (np.diff(margins) >= 0).all()
