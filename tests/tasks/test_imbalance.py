"""Imbalance: weights by numbers of pictures, draws of them, and the focal loss, each beside what it is taken from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.imbalance import WEIGHTS, class_weights, positive_weights, shifting
from cnnsearch.training.feeds.drawing import drawn

COUNTS = st.lists(st.integers(1, 10_000), min_size=2, max_size=12).map(np.array)


def test_balanced_is_that_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    y = np.repeat([0, 1, 2], [70, 25, 5])
    theirs = compute_class_weight("balanced", classes=np.arange(3), y=y)
    np.testing.assert_allclose(class_weights("balanced", np.bincount(y), 0.9), theirs)


@given(COUNTS, st.sampled_from(WEIGHTS), st.floats(0.0, 0.9999999))
def test_weights_have_a_mean_of_1_over_the_pictures_and_grow_as_classes_shrink(
    counts: np.ndarray, kind: str, beta: float
) -> None:
    weights = class_weights(kind, counts, beta)
    assert (weights * counts).sum() == pytest.approx(counts.sum())
    assert (np.diff(weights[np.argsort(counts)]) <= 1e-9 * weights.max()).all()


@given(COUNTS)
def test_the_effective_number_lies_between_none_and_balanced(counts: np.ndarray) -> None:
    np.testing.assert_allclose(class_weights("effective", counts, 0.0), class_weights("none", counts, 0.0))
    np.testing.assert_allclose(
        class_weights("effective", counts, 0.9999999), class_weights("balanced", counts, 0.0), rtol=1e-2
    )


def test_the_effective_number_is_that_of_the_paper_but_for_a_factor() -> None:
    counts, beta = np.array([5000, 300, 10]), 0.999
    of_paper = (1 - beta) / (1 - beta**counts)
    weights = class_weights("effective", counts, beta)
    np.testing.assert_allclose(weights / weights[0], of_paper / of_paper[0])


def test_weights_of_ones_own_are_taken_as_they_are() -> None:
    counts = np.array([5, 6])
    np.testing.assert_array_equal(class_weights((1, 2.5), counts, 0.9), [1, 2.5])
    np.testing.assert_array_equal(positive_weights([0.0, 3.0], counts, 20, 0.9), [0, 3])
    with pytest.raises(TrialError, match="3 weights were given for 2"):
        class_weights((1, 2, 3), counts, 0.9)


@pytest.mark.parametrize("weights", [[1.0], [0, 0], [1.0, -1.0], ["a", "b"], [1.0, True]])
def test_other_lists_are_no_weights(weights: list[Any]) -> None:
    keys = {"name": "a", "model": "cnn", "space": {"units": 8, "class_weights": {"choice": ["none", weights]}}}
    with pytest.raises(InputError, match=r"space.class_weights: must be one of none, .*, or a list of weights"):
        Experiment.from_dict(keys)
    keys["space"] = {"units": 8, "class_weights": {"choice": ["none", [1.0, 2]]}}
    assert Experiment.from_dict(keys).space["class_weights"].size == 2


def test_fitted_heads_take_weights_as_programs_do() -> None:
    from cnnsearch.tasks.labelled.fitting import fitted_classifier

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 3)), np.repeat([0, 1], [50, 10])
    config = {"head": "logistic_regression", "regularization_c": 1.0, "class_weights_beta": 0.9}

    def fitted(weights: Any) -> np.ndarray:
        return fitted_classifier(x, y, {**config, "class_weights": weights}, 0).coef_

    np.testing.assert_allclose(fitted((1.0, 5.0)), fitted([1, 5]))
    np.testing.assert_allclose(fitted("balanced"), fitted((60 / 100, 60 / 20)), rtol=1e-6)
    assert (fitted("effective") != fitted("none")).any()


def test_a_script_that_fits_a_head_counts_each_picture_once_whatever_the_passes() -> None:
    from cnnsearch.families.transfer.code_training import classifier
    from cnnsearch.scripts.recipe import Recipe

    space = {"head": "logistic_regression", "class_weights": "effective", "class_weights_beta": 0.9}

    def written(passes: int) -> list[str]:
        keys: dict[str, Any] = {"model": "transfer", "preprocessing": {"image_size": 96}, "passes": passes}
        experiment = Experiment.from_dict({"name": "a", "space": space, **keys})
        study: Any = SimpleNamespace(experiment=experiment, environment={})
        record: Any = None
        return [*classifier(Recipe(study, 0, record, experiment.filled(space), experiment.searchable))]

    assert written(3) == written(1)
    assert "sizes = (1 - 0.9 ** counts) / (1 - 0.9)" in written(3)


def test_weights_of_labels_that_are_there() -> None:
    positives = np.array([10, 50, 0, 100])
    np.testing.assert_allclose(positive_weights("none", positives, 100, 0.9), [1, 1, 1, 1])
    np.testing.assert_allclose(positive_weights("balanced", positives, 100, 0.9), [9, 1, 1, 0])
    np.testing.assert_allclose(positive_weights("square_root", positives, 100, 0.9), [3, 1, 1, 0])
    effective = positive_weights("effective", positives, 100, 0.9)
    assert effective[0] == pytest.approx((1 - 0.9**90) / (1 - 0.9**10))
    assert effective[2] == 1


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=60).map(np.array), st.integers(0, 2**31), st.integers(0, 1000)
)
def test_a_draw_is_as_long_as_the_pictures_and_follows_weights_and_seed(
    weights: np.ndarray, seed: int, epoch: int
) -> None:
    rows = drawn(np.random.default_rng((seed, epoch)), weights)
    assert rows.shape == weights.shape
    expected = len(weights) * weights / weights.sum()
    assert (np.abs(np.bincount(rows, minlength=len(weights)) - expected) < 1 + 1e-6).all()
    np.testing.assert_array_equal(rows, drawn(np.random.default_rng((seed, epoch)), weights))


@pytest.mark.parametrize(("share", "rare"), [(0.0, 10), (0.5, 25), (1.0, 50)])
def test_classes_are_drawn_as_often_as_is_asked_for(share: float, rare: int) -> None:
    """Of 90 and 10 pictures: half-way are shares as their roots, 3 to 1."""
    y = np.repeat([0, 1], [90, 10])
    weights = _head("binary").draws({"oversampling": share}, y)
    if share == 0:
        assert weights is None
        return
    for epoch in range(5):
        assert np.bincount(y[drawn(np.random.default_rng((3, epoch)), weights)])[1] == rare


@pytest.mark.parametrize("task", ["binary", "classification"])
def test_drawing_and_weighing_do_not_make_up_for_the_same_twice(task: str) -> None:
    y = np.repeat([0, 1], [90, 10])
    config = {"class_weights": "balanced", "class_weights_beta": 0.9}
    for share, ratio in ((0.0, 9.0), (0.5, 3.0), (1.0, 1.0)):
        common, rare = _head(task, 2).numbers({**config, "oversampling": share}, y)["class_weights"]
        assert rare / common == pytest.approx(ratio)
        # With what is drawn the loss of either class weighs as much as that of the other.
        assert common * 100 / (1 + 9 ** (share - 1)) == pytest.approx(50.0)


def test_labels_weigh_by_what_is_drawn() -> None:
    y = np.zeros((20, 2), int)
    y[:10, 0] = 1
    y[:2, 1] = 1
    config = {"positive_weights": "balanced", "positive_weights_beta": 0.9}
    head = _head("multilabel", 2)
    np.testing.assert_allclose(head.numbers({**config, "oversampling": 0.0}, y)["positive_weights"], [1.0, 9.0])
    # Those of the rarer label are drawn five times as often: 1/2 each of two, of 18 others 1/10.
    np.testing.assert_allclose(head.numbers({**config, "oversampling": 1.0}, y)["positive_weights"], [1.0 / 1.8, 1.8])


def test_a_label_of_all_pictures_has_a_weight_whatever_rounding_makes_of_their_sum() -> None:
    config = {"positive_weights": "square_root", "positive_weights_beta": 0.9, "oversampling": 0.3}
    for count in range(3, 60):
        y = np.ones((count, 2), int)
        y[1:, 1] = 0
        weights = _head("multilabel", 2).numbers(config, y)["positive_weights"]
        assert weights[0] == pytest.approx(0.0, abs=1e-6)


def test_of_several_labels_the_rarest_decides() -> None:
    y = np.zeros((20, 2), int)
    y[:10, 0] = 1
    y[:2, 1] = 1
    weights = _head("multilabel", 2).draws({"oversampling": 1.0}, y)
    np.testing.assert_allclose(weights, [1 / 2] * 2 + [1 / 10] * 18)


def _head(task: str, width: int = 1) -> Any:
    outputs = Outputs(width, () if task != "multilabel" else (width,), "int32")
    return TASKS[task].head(outputs, {})


LOGITS = np.float32([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0], [-30.0, 30.0, 0.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("task", ["binary", "classification", "multilabel"])
def test_focal_loss_and_its_gradient_are_those_of_keras(task: str, smoothing: float, gamma: float) -> None:
    import keras
    import tensorflow as tf

    class Value:
        def __init__(self, number: float) -> None:
            self.tensor = tf.constant(number)

    values = {"focal_gamma": Value(gamma), "label_smoothing": Value(smoothing)}
    options = {"gamma": gamma, "from_logits": True, "label_smoothing": smoothing}
    logits = tf.constant(LOGITS[:, :1] if task == "binary" else LOGITS)
    targets = {"binary": [1, 0, 0, 1], "classification": [0, 2, 1, 1]}.get(
        task, [[1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 1]]
    )
    theirs: Any
    if task == "classification":
        theirs = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, reduction="none", **options)
        true = tf.one_hot(targets, 3)
    else:
        theirs = keras.losses.BinaryFocalCrossentropy(reduction="none", **options)
        true = tf.reshape(tf.constant(targets, tf.float32), logits.shape)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        mine = _head(task, logits.shape[1]).losses(logits, tf.constant(targets), values)
        keras_own = theirs(true, logits)
    # Keras clips probabilities at 1e-7, so that it knows no loss beyond 16.
    moderate = np.abs(logits).max(axis=1) < 20
    np.testing.assert_allclose(np.asarray(mine)[moderate], np.asarray(keras_own)[moderate], rtol=2e-4, atol=1e-6)
    assert np.isfinite(mine).all()
    mine_slope, their_slope = (np.asarray(tape.gradient(loss, logits)) for loss in (mine, keras_own))
    assert np.isfinite(mine_slope).all()
    np.testing.assert_allclose(mine_slope[moderate], their_slope[moderate], rtol=1e-3, atol=1e-5)


def test_what_shifts_probabilities() -> None:
    assert shifting({"class_weights": "none", "oversampling": 0.0, "focal_gamma": 0.0, "dropout": 0.5}) == ()
    found = shifting({"class_weights": "balanced", "oversampling": 0.5, "focal_gamma": 2.0})
    assert found == ("class_weights balanced", "oversampling 0.5", "focal_gamma 2.0")


@pytest.mark.parametrize("name", ["focal_gamma", "oversampling", "class_weights"])
def test_regression_has_none_of_it(name: str) -> None:
    keys = {"name": "a", "model": "cnn", "task": "regression", "space": {"units": 8, name: 0.5}}
    with pytest.raises(InputError, match=rf"space.{name}: .*model 'cnn' for task 'regression': it belongs to '"):
        Experiment.from_dict(keys)


def test_a_fitted_head_has_no_focus() -> None:
    space = {"head": "logistic_regression", "focal_gamma": {"choice": [0.0, 2.0]}}
    keys: dict[str, Any] = {"name": "a", "model": "transfer", "preprocessing": {"image_size": 96}}
    with pytest.raises(InputError, match="head 'logistic_regression' has a loss of its own"):
        Experiment.from_dict({**keys, "space": space})
    space = {
        "head": {"choice": ["dense", "linear_svm"]},
        "focal_gamma": {"choice": [0.0, 2.0], "when": {"head": "dense"}},
    }
    Experiment.from_dict({**keys, "space": space})
