"""Metrics of two classes against scikit-learn's, on drawn labels and probabilities with ties."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cnnsearch.tasks.binary.operating import OperatingPoints, placements
from cnnsearch.tasks.binary.predictions import BinaryPredictions
from cnnsearch.tasks.contract.metrics import UndefinedError

Drawn = tuple[np.ndarray, np.ndarray, float]


@st.composite
def drawn(draw: Any, least: int = 1) -> Drawn:
    """At least so many labels of each class, probabilities with many ties or few, and any threshold."""
    labels = draw(st.permutations([0, 1] * least + draw(st.lists(st.integers(0, 1), max_size=36))))
    grid = draw(st.sampled_from((4, 1000)))
    steps = draw(st.lists(st.integers(0, grid), min_size=len(labels), max_size=len(labels)))
    threshold = draw(st.one_of(st.integers(0, grid).map(lambda step: step / grid), st.floats(0, 1)))
    return np.array(labels, np.int32), (np.array(steps) / grid).astype(np.float32), threshold


EPS = np.finfo(np.float32).eps
"""To which scikit-learn cuts probabilities in float32; it computes in float32, too, which is less than 1e-6."""

AT_THRESHOLD: dict[str, Callable[..., float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "sensitivity": metrics.recall_score,
    "specificity": lambda labels, decided: metrics.recall_score(labels, decided, pos_label=0),
    "precision": lambda labels, decided: metrics.precision_score(labels, decided, zero_division=0),
    "f1": lambda labels, decided: metrics.f1_score(labels, decided, zero_division=0),
}
OF_SCORES: dict[str, Callable[..., float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "loss": lambda labels, probabilities: metrics.log_loss(labels, np.clip(probabilities.astype(float), EPS, 1 - EPS)),
}


@settings(max_examples=40)
@given(drawn())
def test_as_scikit_learn(given: Drawn) -> None:
    labels, probabilities, threshold = given
    found = BinaryPredictions(labels, probabilities, threshold)
    decided = (probabilities.astype(np.float64) >= threshold).astype(int)
    expected = {name: metric(labels, decided) for name, metric in AT_THRESHOLD.items()}
    expected |= {name: metric(labels, probabilities) for name, metric in OF_SCORES.items()}
    assert found.scores(expected) == pytest.approx(expected, abs=1e-6)
    confusion = metrics.confusion_matrix(labels, decided, labels=[0, 1])
    assert found.details() == {"threshold": threshold, "confusion": confusion.tolist()}


@given(drawn())
def test_curves_as_scikit_learn(given: Drawn) -> None:
    labels, probabilities, _ = given
    points = OperatingPoints.of(labels == 1, probabilities)
    x, y, thresholds = metrics.roc_curve(labels, probabilities, drop_intermediate=False)
    np.testing.assert_allclose(points.false_alarm_rate, x[1:])
    np.testing.assert_allclose(points.sensitivity, y[1:])
    np.testing.assert_array_equal(points.scores, thresholds[1:])
    precision, recall, _ = metrics.precision_recall_curve(labels, probabilities)
    np.testing.assert_allclose(points.precision, precision[:-1][::-1])
    np.testing.assert_allclose(points.sensitivity, recall[:-1][::-1])


@given(drawn())
def test_no_threshold_is_better_than_the_searched_one(given: Drawn) -> None:
    labels, probabilities, other = given
    threshold = OperatingPoints.of(labels == 1, probabilities).best_threshold()
    assert 0 <= threshold <= 1
    found = BinaryPredictions(labels, probabilities, threshold).scores(["balanced_accuracy"])["balanced_accuracy"]
    for each in (other, *probabilities.astype(float)):
        decided = probabilities.astype(np.float64) >= each
        rival = (decided[labels == 1].mean() + 1 - decided[labels == 0].mean()) / 2
        assert found >= rival - 1e-12


@settings(max_examples=25)
@given(drawn(least=2))
def test_pseudo_values_are_those_of_leaving_one_out(given: Drawn) -> None:
    found = BinaryPredictions(*given)
    n, names = len(found), ["roc_auc", *AT_THRESHOLD]
    whole, everything = found.scores(names), np.arange(n)
    without = [found.take(everything[everything != one]).scores(names) for one in everything]
    for name in names:
        expected = n * whole[name] - (n - 1) * np.array([each[name] for each in without])
        np.testing.assert_allclose(found.per_item(name).astype(float), expected, atol=1e-6, err_msg=name)


def test_the_area_varies_as_delong_says() -> None:
    """The variance of the mean of the pseudo-values is DeLong's, but for a factor of ``(n - 1) / n`` and the like."""
    rng = np.random.default_rng(0)
    labels = (rng.random(2000) < 0.3).astype(np.int32)
    probabilities = (1 / (1 + np.exp(-rng.normal(labels, 1.0)))).astype(np.float32)
    found = BinaryPredictions(labels, probabilities, 0.5)
    placed = placements(labels == 1, probabilities)
    area = metrics.roc_auc_score(labels, probabilities)
    assert placed[labels == 1].mean() == pytest.approx(area)
    assert placed[labels == 0].mean() == pytest.approx(area)
    delong = sum(placed[labels == one].var(ddof=1) / (labels == one).sum() for one in (0, 1))
    values = found.per_item("roc_auc")
    assert values.mean() == pytest.approx(area)
    assert values.var(ddof=1) / len(values) == pytest.approx(delong, rel=0.01)


class TestThreshold:
    def test_lies_in_the_middle_of_the_gap(self) -> None:
        points = OperatingPoints.of(np.array([False, False, True, True]), np.float32([0.1, 0.25, 0.75, 0.9]))
        assert points.best_threshold() == 0.5

    def test_of_equally_good_ones_the_nearest_to_a_half_counts(self) -> None:
        positive = np.array([True, False, True, False])
        points = OperatingPoints.of(positive, np.float32([0.875, 0.75, 0.375, 0.125]))
        # At 0.8125 and at 0.25 three of four are right.
        assert points.best_threshold() == 0.25

    def test_decides_between_neighbours_that_float32_cannot_halve(self) -> None:
        low = np.float32(0.7)
        high = np.nextafter(low, np.float32(1))
        positive, scores = np.array([False, True] * 2), np.array([low, high] * 2)
        threshold = OperatingPoints.of(positive, scores).best_threshold()
        assert BinaryPredictions(positive.astype(int), scores, threshold).right.all()

    def test_of_a_model_that_knows_nothing_decides_in_favour_of_one_class(self) -> None:
        points = OperatingPoints.of(np.array([True, False]), np.float32([0.5, 0.5]))
        assert points.best_threshold() == 0.0


def test_what_one_class_alone_does_not_define_is_no_number() -> None:
    found = BinaryPredictions(np.zeros(3, int), np.float32([0.1, 0.2, 0.8]), 0.5)
    for name in ("roc_auc", "average_precision", "sensitivity"):
        with pytest.raises(UndefinedError, match=f"{name} is not defined where "):
            found.scores([name])
    scores = found.scores(["specificity", "balanced_accuracy", "precision", "f1"])
    assert scores["specificity"] == scores["balanced_accuracy"] == pytest.approx(2 / 3)
    assert scores["precision"] == scores["f1"] == 0.0
    assert found.points.best_threshold() == 0.5


def test_what_is_not_defined_without_a_picture_has_no_number_for_each() -> None:
    found = BinaryPredictions(np.array([0, 0, 1]), np.float32([0.1, 0.2, 0.8]), 0.5)
    for name in ("roc_auc", "average_precision", "sensitivity"):
        with pytest.raises(UndefinedError):
            found.per_item(name)


def test_a_loss_is_never_endless() -> None:
    found = BinaryPredictions(np.array([0, 1]), np.float32([1.0, 0.0]), 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found.scores(["loss"])["loss"] == pytest.approx(metrics.log_loss([0, 1], np.float32([1.0, 0.0])))
