"""Intervals of any metric over pictures."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pytest

from cnnsearch.report.statistics import intervals, unseen
from cnnsearch.report.statistics.intervals import MetricInterval, metric_intervals
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.regression.predictions import NumberPredictions
from cnnsearch.tasks.regression.spec import REGRESSION

NAMES = ("ant", "bee", "cat")


def kept(n: int, seed: int = 0, classes: int = 3, hits: float = 0.8) -> ClassPredictions:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    probabilities = rng.dirichlet(np.ones(classes), n)
    right = rng.random(n) < hits
    probabilities[np.flatnonzero(right), labels[right]] += 1
    return ClassPredictions(labels, np.float32(probabilities / probabilities.sum(1, keepdims=True)), names=NAMES)


def told(predictions: ClassPredictions, *names: str, **given: Mapping[str, object]) -> dict[str, MetricInterval]:
    metrics = [CLASSIFICATION.metric(name) for name in names]
    found = metric_intervals(predictions, [each for each in metrics if each is not None], **given)
    assert [one.name for one in found] == list(names)
    return {one.name: one for one in found}


def test_a_share_has_wilsons_also_where_it_is_of_some_of_the_pictures() -> None:
    predictions = kept(200)
    found = told(predictions, "accuracy", "recall[cat]", "precision[bee]")
    for name, inside in {"recall[cat]": predictions.labels == 2, "precision[bee]": predictions.decided == 1}.items():
        share, n = predictions.right[inside].mean(), int(inside.sum())
        expected = wilson(share, n)
        assert found[name] == MetricInterval(name, pytest.approx(share), expected.low, expected.high, "Wilson")
    expected = wilson(predictions.right.mean(), 200)
    assert (found["accuracy"].low, found["accuracy"].high) == (expected.low, expected.high)


def test_all_else_is_resampled_and_always_alike() -> None:
    predictions = kept(400)
    names = ("loss", "log_loss", "f1", "kappa", "auc", "balanced_accuracy")
    found = told(predictions, *names)
    assert found == told(predictions, *names)
    for name in names:
        one = found[name]
        items = predictions.per_item(name)
        half = 1.96 * items.std(ddof=1) / np.sqrt(400)
        assert (one.method, one.why) == ("bootstrap", None)
        assert one.value == predictions.scores([name])[name]
        assert one.low == pytest.approx(one.value - half, abs=half / 4)
        assert one.high == pytest.approx(one.value + half, abs=half / 4)


@pytest.mark.parametrize("name", ["kappa", "log_loss"])
def test_the_true_value_is_in_nearly_all_of_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_MOST_RESAMPLES", 200)
    whole = kept(20_000, seed=99).scores([name])[name]
    inside = 0
    for seed in range(30):
        one = told(kept(150, seed), name)[name]
        assert one.low is not None
        assert one.high is not None
        inside += one.low <= whole <= one.high
    assert inside >= 25, "of 28 that are to be expected"


def test_the_interval_is_around_what_the_record_says() -> None:
    predictions = kept(300)
    plain, moved = (told(predictions, "loss", known=known)["loss"] for known in ({}, {"loss": 2.0}))
    assert moved.value == 2.0
    assert moved.high - moved.low == pytest.approx(plain.high - plain.low)
    assert moved.low < 2.0 < moved.high


def test_an_interval_ends_where_the_metric_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few resamples the ends are those of a normal distribution, which knows no bounds."""
    monkeypatch.setattr(intervals, "_MOST_RESAMPLES", 60)
    guesses = np.r_[1, np.arange(1, 12) % 3]
    one = told(ClassPredictions(np.arange(12) % 3, np.eye(3)[guesses], names=NAMES), "f1")["f1"]
    assert one.low is not None
    assert (one.high, one.low < one.value) == (1.0, True)


def test_a_loss_that_was_not_kept_has_no_interval() -> None:
    numbers = NumberPredictions(np.zeros((4, 1)), np.ones((4, 1)), ("age",))
    metrics = [metric for metric in REGRESSION.metrics if metric.name == "loss"]
    (one,) = metric_intervals(numbers, metrics, {"loss": 0.5})
    assert (one.value, one.low) == (0.5, None)


def test_nothing_varies_where_all_is_right_and_the_interval_is_no_point() -> None:
    right = ClassPredictions(np.arange(60) % 3, np.eye(3)[np.arange(60) % 3], names=NAMES)
    found = told(right, "kappa", "f1", "auc")
    expected = wilson(1.0, 60)
    for name in ("f1", "auc"):
        assert (found[name].low, found[name].high, found[name].method) == (pytest.approx(expected.low), 1.0, "Wilson")
    assert found["kappa"].low == pytest.approx(1 - (1 - expected.low) / (1 - 1 / 3)), "of three equal classes"


def of_classes(sizes: tuple[int, ...], wrong: tuple[int, ...] = ()) -> ClassPredictions:
    """All right, but for the pictures at these places, which are taken for the next class."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    decided = labels.copy()
    decided[list(wrong)] = (labels[list(wrong)] + 1) % len(sizes)
    return ClassPredictions(labels, np.eye(len(sizes))[decided], names=tuple("abcdefghij"[: len(sizes)]))


def test_a_small_class_that_is_all_right_may_be_wrong_in_others() -> None:
    """Half of what Wilson's interval of its 7 pictures leaves open is in a mean over two classes."""
    hidden = (1 - wilson(1.0, 7).low) / 2
    for predictions in (of_classes((7, 100)), of_classes((7, 1000))):
        one = told(predictions, "balanced_accuracy")["balanced_accuracy"]
        assert one.low == pytest.approx(1 - hidden, abs=0.01)
        assert one.low <= 1 - hidden
    mistaken = told(of_classes((7, 100), wrong=(50,)), "balanced_accuracy", "f1", "auc")
    one = mistaken["balanced_accuracy"]
    assert (one.value, one.method) == (pytest.approx(0.995), "bootstrap")
    assert one.low < 0.995 - hidden, "the other class varies beside it"
    assert one.high == pytest.approx(1.0)
    missed = told(of_classes((7, 100), wrong=tuple(range(7))), "recall")["recall"]
    assert (missed.value, missed.high) == (0.5, pytest.approx(0.5 + hidden, abs=0.005)), "all wrong hides as much"


def test_what_is_hidden_is_the_most_that_the_score_test_leaves() -> None:
    rng = np.random.default_rng(0)
    parts = [(0.2, 7.0), (0.3, 40.0), (0.5, 25.0)]
    square = 1.959963984540054**2
    found = unseen._largest(parts)
    shared = rng.dirichlet(np.full(3, 0.5), 20_000) * square
    weights, sizes = np.array(parts).T
    tried = (weights * shared / (sizes + shared)).sum(axis=1).max()
    assert tried <= found <= tried + 1e-4
    assert unseen._largest([(1.0, 30.0)]) == pytest.approx(1 - wilson(1.0, 30).low)
    assert unseen._largest([]) == 0.0


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1", "matthews"])
def test_the_true_value_is_in_nearly_all_of_them_where_a_class_is_small(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """7 pictures of which 9 in 10 would be right are all right in half of the studies."""
    monkeypatch.setattr(intervals, "_MOST_RESAMPLES", 60)
    rng = np.random.default_rng(0)
    rates = np.array([0.9, 0.99])

    def drawn(sizes: tuple[int, int]) -> ClassPredictions:
        labels = np.repeat([0, 1], sizes)
        return of_classes(sizes, tuple(np.flatnonzero(rng.random(len(labels)) > rates[labels])))

    whole = drawn((70_000, 1_000_000)).scores([name])[name]
    ends = [(one.low, one.high) for one in (told(drawn((7, 100)), name)[name] for _ in range(40))]
    assert sum(low <= whole <= high for low, high in ends) >= 36


def shouted(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).all())


def test_a_function_of_ones_own_that_never_changes_has_no_interval() -> None:
    name = f"{__name__}:shouted"
    one = told(of_classes((7, 100)), name)[name]
    assert (one.value, one.low, one.high) == (1.0, None, None)
    assert one.why == "it is the same in every resample, which does not tell how different it may be"


def test_what_is_not_defined_says_why() -> None:
    few = ClassPredictions(np.array([0, 0, 1, 1, 1, 0]), np.eye(3)[[0, 1, 1, 1, 0, 0]], names=NAMES)
    found = told(few, "auc", "recall[cat]", "top_3_accuracy", "f1[bee]")
    whys = [found[name].why for name in ("auc", "recall[cat]", "top_3_accuracy")]
    assert whys == [
        "auc is not defined where a class has no pictures",
        "recall is not defined for a class without pictures",
        "top_3_accuracy needs more than 3 classes, and there are 3",
    ]
    assert all(found[name].value is None for name in ("auc", "recall[cat]", "top_3_accuracy"))
    assert found["f1[bee]"].method == "bootstrap", "in a few resamples there is no bee: they do not count"


def test_where_many_resamples_do_not_define_it_there_is_a_value_alone() -> None:
    single = ClassPredictions(np.array([0, 0, 0, 1]), np.eye(2)[[0, 1, 0, 1]], names=("ant", "bee"))
    one = told(single, "auc")["auc"]
    assert (one.value, one.low) == (pytest.approx(5 / 6), None)
    assert one.why == "in many resamples it is not defined"


def test_what_each_picture_contributes_is_enough() -> None:
    predictions, items = kept(100), np.random.default_rng(0).normal(3.0, 1.0, 100)
    one = told(predictions, "no_such:function", known={"no_such:function": 3.0}, items={"no_such:function": items})
    low, high = one["no_such:function"].low, one["no_such:function"].high
    assert (low + high) / 2 == pytest.approx(3.0, abs=0.05)
    assert high - low == pytest.approx(2 * 1.96 * items.std() / 10, rel=0.1)


def test_ten_thousand_pictures_take_about_a_second() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 10_000)
    probabilities = np.float16(rng.dirichlet(np.ones(10), 10_000))
    began = time.process_time()
    metric_intervals(ClassPredictions(labels, probabilities), CLASSIFICATION.metrics)
    assert time.process_time() - began < 3


def test_of_very_many_numbers_no_resample_is_taken() -> None:
    many = ClassPredictions(np.zeros(600_001, int), np.broadcast_to(np.float16([1, 0]), (600_001, 2)))
    one = told(many, "f1")["f1"]
    assert (one.value, one.low, one.why) == (1.0, None, "there are too many numbers to resample")


def all_of_them(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Fails on every resample, as a metric may that needs what some pictures lack."""
    if len(np.unique(probabilities[:, 0])) < 20:
        raise ValueError("needs every picture")
    return float(len(labels))


def test_a_function_of_ones_own_that_fails_on_a_resample_has_a_value_and_no_interval() -> None:
    name = f"{__name__}:all_of_them"
    found = told(kept(20), name)[name]
    assert (found.value, found.low, found.high) == (20.0, None, None)
    assert found.why == "in many resamples it is not defined"


def test_one_that_fails_on_all_of_them_says_why() -> None:
    name = f"{__name__}:all_of_them"
    found = told(kept(19), name)[name]
    assert found.value is None
    assert found.why is not None
    assert "needs every picture" in found.why
