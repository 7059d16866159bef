"""Every metric that an objective may name: scikit-learn's number, and what each picture contributes to it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.contract.metrics import UndefinedError


def some(classes: int, extra: int, seed: int, dtype: str = "float32") -> ClassPredictions:
    """Every class at least twice; probabilities that are often equal."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.repeat(np.arange(classes), 2), rng.integers(0, classes, extra)]).astype(np.int32)
    weights = rng.integers(1, 6, (len(labels), classes)) + 2.0 * np.eye(classes)[labels]
    probabilities = (weights / weights.sum(axis=1, keepdims=True)).astype(dtype)
    return ClassPredictions(labels, probabilities, names=tuple(f"c{number}" for number in range(classes)))


predictions = st.builds(some, st.integers(2, 7), st.integers(0, 40), st.integers(0, 10**6))


@dataclass(frozen=True)
class Given:
    """What scikit-learn's functions take."""

    y: np.ndarray
    d: np.ndarray
    p: np.ndarray

    @property
    def area(self) -> float:
        classes = self.p.shape[1]
        return float(np.mean([sk.roc_auc_score(self.y == c, self.p[:, c]) for c in range(classes)][classes == 2 :]))

    def of_class(self, function: Callable[..., float], **keys: Any) -> float:
        return function(self.y, self.d, labels=[1], average="macro", **keys)


REFERENCES: dict[str, Callable[[Given], float]] = {
    "accuracy": lambda g: sk.accuracy_score(g.y, g.d),
    "precision": lambda g: sk.precision_score(g.y, g.d, average="macro", zero_division=0),
    "recall": lambda g: sk.recall_score(g.y, g.d, average="macro"),
    "f1": lambda g: sk.f1_score(g.y, g.d, average="macro"),
    "balanced_accuracy": lambda g: sk.balanced_accuracy_score(g.y, g.d),
    "kappa": lambda g: sk.cohen_kappa_score(g.y, g.d),
    "matthews": lambda g: sk.matthews_corrcoef(g.y, g.d),
    "micro_f1": lambda g: sk.f1_score(g.y, g.d, average="micro"),
    "weighted_f1": lambda g: sk.f1_score(g.y, g.d, average="weighted"),
    "auc": lambda g: g.area,
    "log_loss": lambda g: sk.log_loss(g.y, g.p, labels=range(g.p.shape[1])),
    "loss": lambda g: sk.log_loss(g.y, g.p, labels=range(g.p.shape[1])),
    "recall[c1]": lambda g: g.of_class(sk.recall_score),
    "precision[c1]": lambda g: g.of_class(sk.precision_score, zero_division=0),
    "f1[c1]": lambda g: g.of_class(sk.f1_score),
}

TOP = {f"top_{k}_accuracy": k for k in (2, 3, 5)}


def test_all_are_compared() -> None:
    each = {f"{metric.name}[c1]" for metric in CLASSIFICATION.each}
    assert {*REFERENCES, *TOP} == {metric.name for metric in CLASSIFICATION.metrics} | each


@settings(max_examples=25, deadline=None)
@given(predictions)
def test_as_scikit_learn(kept: ClassPredictions) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of float32 rows that sum to one but for rounding
        those = Given(kept.labels, kept.decided, kept.probabilities)
        expected = {name: one(those) for name, one in REFERENCES.items()}
    assert kept.scores(REFERENCES) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(predictions, st.sampled_from(sorted(TOP)))
def test_the_most_probable_classes_as_scikit_learn(kept: ClassPredictions, name: str) -> None:
    classes = kept.probabilities.shape[1]
    if TOP[name] >= classes:
        with pytest.raises(
            UndefinedError, match=f"{name} needs more than {TOP[name]} classes, and there are {classes}"
        ):
            kept.scores([name])
        return
    expected = sk.top_k_accuracy_score(kept.labels, kept.probabilities, k=TOP[name], labels=range(classes))
    assert kept.scores([name])[name] == pytest.approx(expected, abs=1e-12)
    assert kept.per_item(name).dtype == bool
    assert kept.per_item(name).mean() == kept.scores([name])[name]


@settings(max_examples=25, deadline=None)
@given(predictions)
def test_values_of_pictures_are_means_or_pseudo_values(kept: ClassPredictions) -> None:
    n = len(kept)
    for name in REFERENCES:
        metric = CLASSIFICATION.metric(name)
        assert metric is not None
        values = kept.per_item(name)
        if metric.kind == "corpus":
            left = np.array([kept.take(np.delete(np.arange(n), index)).scores([name])[name] for index in range(n)])
            np.testing.assert_allclose(values, n * kept.scores([name])[name] - (n - 1) * left, atol=1e-9)
        else:
            assert values.mean() == pytest.approx(kept.scores([name])[name], abs=1e-6)
        assert (metric.kind == "share") == (values.dtype == bool)


@settings(deadline=None)
@given(predictions, st.integers(0, 100))
def test_some_pictures_score_as_if_they_were_all(kept: ClassPredictions, seed: int) -> None:
    chosen = np.random.default_rng(seed).integers(0, len(kept), len(kept))
    some, alone = kept.take(chosen), ClassPredictions(kept.labels[chosen], kept.probabilities[chosen], names=kept.names)
    for name in REFERENCES:
        try:
            expected = alone.scores([name])[name]
        except UndefinedError as error:
            with pytest.raises(UndefinedError, match=str(error)):
                some.scores([name])
        else:
            assert some.scores([name])[name] == pytest.approx(expected, abs=1e-12)


def test_a_single_picture_of_a_class_leaves_the_macro_average_over_the_same_classes() -> None:
    labels, probabilities = np.array([0, 0, 1]), np.eye(2)[[0, 1, 1]]
    kept = ClassPredictions(labels, probabilities)
    f1 = kept.scores(["f1"])["f1"]
    without = np.array([(0 + 2 / 3) / 2, 1.0, (2 / 3 + 0) / 2])
    np.testing.assert_allclose(kept.per_item("f1"), 3 * f1 - 2 * without)


def test_a_class_that_is_in_no_picture_is_in_no_average() -> None:
    few = ClassPredictions(np.array([0, 0, 1]), np.eye(3)[[0, 1, 1]])
    assert few.scores(["recall", "balanced_accuracy"]) == {"recall": 0.75, "balanced_accuracy": 0.75}
    assert few.per_item("recall").mean() == pytest.approx(3 * 0.75 - 2 * (0.5 + 1.0 + 0.25) / 3)


class TestWhatPicturesDoNotDefine:
    few = ClassPredictions(np.array([0, 0, 1]), np.float32(np.eye(3)[[0, 1, 1]]), names=("ant", "bee", "cat"))

    @pytest.mark.parametrize(
        ("metric", "why"),
        {
            "auc": "auc is not defined where a class has no pictures",
            "recall[cat]": "recall is not defined for a class without pictures",
            "f1[cat]": "F1 is not defined for a class without pictures",
            "recall[ca]": "there is no class 'ca'; did you mean 'cat'?",
            "top_3_accuracy": "top_3_accuracy needs more than 3 classes, and there are 3",
        }.items(),
    )
    def test_is_said(self, metric: str, why: str) -> None:
        with pytest.raises(UndefinedError) as caught:
            self.few.scores([metric])
        assert str(caught.value) == why
        with pytest.raises(UndefinedError):
            self.few.per_item(metric)

    def test_kappa_of_one_class(self) -> None:
        with pytest.raises(UndefinedError, match="kappa"):
            ClassPredictions(np.array([0, 0]), np.eye(2)[[0, 0]]).scores(["kappa"])

    def test_as_scikit_learn_where_it_has_a_number(self) -> None:
        assert self.few.scores(["precision[cat]"]) == {"precision[cat]": 0.0}
        one = ClassPredictions(np.array([0, 1]), np.eye(2)[[0, 0]])
        assert one.scores(["matthews"]) == {"matthews": 0.0}

    def test_the_area_needs_two_pictures_of_each_class_to_leave_one_out(self) -> None:
        single = ClassPredictions(np.array([0, 0, 1]), np.eye(2)[[0, 1, 1]])
        assert single.scores(["auc"]) == {"auc": 0.75}
        with pytest.raises(UndefinedError, match="without the only picture of a class"):
            single.per_item("auc")


def test_recall_and_precision_of_a_class_count_some_of_the_pictures() -> None:
    kept = ClassPredictions(np.array([0, 0, 1]), np.eye(2)[[0, 1, 1]], names=("café", "b"))
    for name, expected in {"recall[cafe\u0301]": [True, False], "precision[b]": [False, True]}.items():  # looks alike
        right, among = kept.counted_for(name)
        assert right[among].tolist() == expected
    assert kept.counted_for("f1[b]") is kept.counted_for("recall") is None
