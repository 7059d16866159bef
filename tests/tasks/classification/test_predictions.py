"""Predictions that were kept: what each picture contributes to a metric."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnsearch.tasks.classification.predictions import ClassPredictions

LABELS = np.array([0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]], dtype=np.float16
)


KEPT = ClassPredictions(LABELS, PROBABILITIES)


def test_each_picture_is_right_or_wrong() -> None:
    assert KEPT.per_item("accuracy").tolist() == [True, False, True, True, True]
    assert KEPT.decided.tolist() == [0, 1, 1, 1, 2]
    assert KEPT.confusions.matrix([0, 1, 2]) == ((1, 1, 0), (0, 2, 0), (0, 0, 1))


def test_losses_of_pictures_are_cross_entropies() -> None:
    own = [0.8, 0.3, 0.8, 0.5, 0.7]
    assert KEPT.per_item("loss") == pytest.approx([-math.log(share) for share in own], abs=1e-3)


def test_only_predictions_of_the_same_pictures_are_alike() -> None:
    assert KEPT.is_alike(ClassPredictions(LABELS.copy(), PROBABILITIES[::-1]))
    assert not KEPT.is_alike(ClassPredictions(LABELS[::-1], PROBABILITIES))
    assert not KEPT.is_alike(ClassPredictions(LABELS[:4], PROBABILITIES[:4]))


def test_f1_is_told_by_jackknife_pseudo_values() -> None:
    from sklearn.metrics import f1_score

    chosen = PROBABILITIES.argmax(axis=1)
    whole = f1_score(LABELS, chosen, average="macro", labels=[0, 1, 2], zero_division=0)
    expected = []
    for index in range(5):
        rest = np.arange(5) != index
        without = f1_score(LABELS[rest], chosen[rest], average="macro", labels=[0, 1, 2], zero_division=0)
        expected.append(5 * whole - 4 * without)
    assert KEPT.per_item("f1") == pytest.approx(expected)
