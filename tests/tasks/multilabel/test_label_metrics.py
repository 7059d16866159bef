"""The metrics of labels are those of scikit-learn, and thresholds are those of the highest F1."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cnnsearch.tasks.contract.metrics import UndefinedError
from cnnsearch.tasks.multilabel.descending import Descending
from cnnsearch.tasks.multilabel.metrics import macro
from cnnsearch.tasks.multilabel.predictions import LabelPredictions, make
from cnnsearch.tasks.multilabel.spec import MULTILABEL

NAMES = ("cat", "dog", "owl", "rat")

CHANCES = st.sampled_from([0.0, 0.125, 0.25, 0.3, 0.5, 0.51, 0.75, 0.9, 1.0])
"""Few different ones, so that some are equal."""


@st.composite
def drawn(draw: st.DrawFn) -> LabelPredictions:
    """Of a few pictures, at thresholds that some probabilities are equal to."""
    labels, n = draw(st.integers(2, 4)), draw(st.integers(1, 25))
    targets = draw(st.lists(st.lists(st.integers(0, 1), min_size=labels, max_size=labels), min_size=n, max_size=n))
    chances = draw(st.lists(st.lists(CHANCES, min_size=labels, max_size=labels), min_size=n, max_size=n))
    thresholds = draw(st.lists(CHANCES, min_size=labels, max_size=labels))
    return LabelPredictions(
        np.array(targets, np.uint8), np.array(chances, np.float32), np.array(thresholds), NAMES[:labels]
    )


def found(of: LabelPredictions, name: str) -> float:
    """NaN where it is not defined."""
    try:
        return of.scores([name])[name]
    except UndefinedError:
        return float("nan")


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_as_scikit_learn(of: LabelPredictions) -> None:
    told = (of.probabilities.astype(float) >= of.thresholds).astype(int)
    known = np.flatnonzero(of.targets.any(axis=0))
    mixed = [label for label in known if not of.targets[:, label].all()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not defined, which is told here
        expected = {
            "exact_match": metrics.accuracy_score(of.targets, told),
            "hamming_loss": metrics.hamming_loss(of.targets, told),
            **{
                name: score(of.targets, told, labels=known, average="macro", zero_division=0) if len(known) else np.nan
                for name, score in (
                    ("precision", metrics.precision_score),
                    ("recall", metrics.recall_score),
                    ("f1", metrics.f1_score),
                )
            },
            "micro_f1": metrics.f1_score(of.targets, told, average="micro", zero_division=0) if len(known) else np.nan,
            "average_precision": np.mean(
                [metrics.average_precision_score(of.targets[:, each], of.probabilities[:, each]) for each in known]
            ),
            "roc_auc": np.mean(
                [metrics.roc_auc_score(of.targets[:, each], of.probabilities[:, each]) for each in mixed]
            ),
            "loss": np.mean(
                [
                    metrics.log_loss(of.targets[:, each], of.probabilities[:, each], labels=[0, 1])
                    for each in range(len(of.names))
                ]
            ),
        }
    for name, value in expected.items():
        assert found(of, name) == pytest.approx(value, abs=1e-6, nan_ok=True), name


@settings(max_examples=25, deadline=None)
@given(drawn())
def test_of_each_label_as_scikit_learn(of: LabelPredictions) -> None:
    told = (of.probabilities.astype(float) >= of.thresholds).astype(int)
    for label, name in enumerate(of.names):
        true, chances = of.targets[:, label], of.probabilities[:, label]
        is_known = bool(true.any())
        scores = {
            "precision": metrics.precision_score(true, told[:, label], zero_division=0),
            "recall": metrics.recall_score(true, told[:, label], zero_division=0),
            "f1": metrics.f1_score(true, told[:, label], zero_division=0),
            "average_precision": metrics.average_precision_score(true, chances) if is_known else np.nan,
            "roc_auc": metrics.roc_auc_score(true, chances) if is_known and not true.all() else np.nan,
            "threshold": of.thresholds[label],
        }
        for metric, expected in scores.items():
            wanted = expected if is_known or metric == "threshold" else np.nan
            assert found(of, f"{metric}[{name}]") == pytest.approx(wanted, abs=1e-6, nan_ok=True), metric


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_a_searched_threshold_is_that_of_the_highest_f1(of: LabelPredictions) -> None:
    found = make(of.targets, {"probabilities": of.probabilities}, of.names, {"threshold": None})
    for label in range(len(of.names)):
        true, chances = of.targets[:, label], of.probabilities[:, label].astype(float)
        threshold = found.thresholds[label]
        if not true.any():
            assert threshold == 0.5
            continue
        possible = [metrics.f1_score(true, chances >= each) for each in np.unique(chances)]
        assert metrics.f1_score(true, chances >= threshold) == max(possible)
        assert threshold not in chances or threshold == 0.0, "it lies between two probabilities"


def test_of_equal_thresholds_the_one_nearest_to_a_half_is_taken() -> None:
    true = np.array([[1], [0], [0]]) > 0
    assert Descending.of(true, np.float32([[0.875], [0.25], [0.125]])).best_thresholds.tolist() == [0.5625]
    # Told of one or of four pictures its F1 is 2/3, from 0.875 or from 0.1875 on.
    true = np.array([[1], [0], [0], [1], [0]]) > 0
    assert Descending.of(true, np.float32([[1.0], [0.75], [0.5], [0.375], [0.0]])).best_thresholds.tolist() == [0.1875]


def test_all_are_told_of_where_that_is_best() -> None:
    true = np.array([[1], [1]]) > 0
    assert Descending.of(true, np.float32([[0.5], [0.25]])).best_thresholds.tolist() == [0.125]


def test_a_fixed_threshold_is_that_of_all_labels() -> None:
    found = make(
        np.eye(2, dtype=np.uint8), {"probabilities": np.eye(2, dtype=np.float32)}, NAMES[:2], {"threshold": 0.3}
    )
    assert found.thresholds.tolist() == [0.3, 0.3]


def test_the_macro_average_is_of_what_is_defined() -> None:
    assert macro(np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, np.nan]])).tolist() == pytest.approx(
        [0.5, np.nan], nan_ok=True
    )


def test_of_broken_weights_all_is_told_and_the_loss_is_no_number() -> None:
    broken = np.full((2, 2), np.nan, np.float32)
    found = make(np.eye(2, dtype=np.uint8), {"probabilities": broken}, NAMES[:2], {"threshold": None})
    assert not found.decided.any()
    scores = found.scores(MULTILABEL.every_epoch)
    assert np.isnan(scores.pop("loss"))
    assert np.isfinite(list(scores.values())).all(), "only the loss says that the training diverged"
