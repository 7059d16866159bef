"""Trials of two classes with every family: what they tell is what scikit-learn makes of their predictions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from two_classes import PIXELS

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.binary.head import BinaryHead
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

BINARY = TASKS["binary"]
WEIGHTED = {"label_smoothing": 0.1, "class_weights": "balanced"}


def searched(model: str, space: dict[str, Any], **keys: Any) -> Experiment:
    return tiny.experiment(space, model, task="binary", **{"scheduler": "none", **keys})


def trained(experiment: Experiment, programs: Programs | None = None, checkpoint: Checkpoint | None = None) -> Trainer:
    trainer = Trainer(experiment, tiny.filled(experiment), PIXELS, tiny.SCALING, 3, programs, checkpoint=checkpoint)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


FAMILIES = {
    "cnn": ("cnn", WEIGHTED),
    "a frozen backbone, computed once": ("transfer", {"unfrozen_layers": 0}),
    "logistic regression": ("transfer", {"unfrozen_layers": 0, "head": "logistic_regression"}),
    "a support-vector machine": ("transfer", {"unfrozen_layers": 0, "head": "linear_svm", "class_weights": "balanced"}),
    "a family that ends in sigmoid": ("own_families:sigmoid", {}),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_trial_tells_what_scikit_learn_does(name: str) -> None:
    model, space = FAMILIES[name]
    trainer = trained(searched(model, space, epochs=2))
    assert trainer._program.model.output.shape == (None, 1)
    result = trainer.result()
    labels, probabilities = PIXELS.y_validation, result.predictions.probabilities
    told = result.metrics
    decided = probabilities.astype(np.float64) >= told["val_threshold"]
    expected = {
        "val_roc_auc": metrics.roc_auc_score(labels, probabilities),
        "val_average_precision": metrics.average_precision_score(labels, probabilities),
        "val_accuracy": metrics.accuracy_score(labels, decided),
        "val_balanced_accuracy": metrics.balanced_accuracy_score(labels, decided),
        "val_sensitivity": metrics.recall_score(labels, decided),
        "val_specificity": metrics.recall_score(labels, decided, pos_label=0),
        "val_precision": metrics.precision_score(labels, decided, zero_division=0),
        "val_f1": metrics.f1_score(labels, decided, zero_division=0),
    }
    assert {key: told[key] for key in expected} == pytest.approx(expected, abs=1e-6)
    assert result.value == told["val_roc_auc"], "the objective where none is named"
    assert list(trainer.epochs[0].values) == [
        "loss",
        "val_loss",
        "val_roc_auc",
        "val_accuracy",
        "val_balanced_accuracy",
    ]
    exported = trainer.export()
    assert exported.layers[-1].name == "probability"
    given = exported.predict(PIXELS.x_validation, verbose=0)
    answers = BINARY.answers(PIXELS.names, told)
    assert answers.problem(exported.output_shape) is None
    np.testing.assert_allclose(given[:, 0], probabilities, atol=1e-5)
    again = answers.predictions(labels, given)
    assert again.scores(["accuracy"])["accuracy"] == told["val_accuracy"]


def test_a_resumed_trial_is_the_same() -> None:
    experiment, programs = searched("cnn", {}, epochs=4), Programs()
    trainer = Trainer(experiment, tiny.filled(experiment), PIXELS, tiny.SCALING, 3, programs)
    trainer.run_epoch()
    kept = trainer.checkpoint()
    assert kept is not None
    again = trained(experiment, programs, Checkpoint.from_bytes(kept.to_bytes()))
    assert [epoch.values for epoch in again.epochs] == [epoch.values for epoch in trained(experiment, programs).epochs]
    assert programs.compiled == 1


def test_thresholds_may_be_searched_without_compiling_anew() -> None:
    experiment = searched("cnn", {"threshold": {"choice": [None, 0.2, 0.9]}}, epochs=1)
    made = {threshold: tiny.filled(experiment, {"threshold": threshold}) for threshold in (None, 0.2, 0.9)}
    told, programs = {}, Programs()
    for threshold, config in made.items():
        trainer = Trainer(experiment, config, PIXELS, tiny.SCALING, 3, programs)
        trainer.run_epoch()
        told[threshold] = trainer.result().metrics
    assert [told[threshold]["val_threshold"] for threshold in (0.2, 0.9)] == [0.2, 0.9]
    assert told[None]["val_balanced_accuracy"] == max(each["val_balanced_accuracy"] for each in told.values())
    assert len({each["val_roc_auc"] for each in told.values()}) == programs.compiled == 1


def test_a_family_that_ends_in_softmax_is_refused() -> None:
    with pytest.raises(TrialError, match="softmax"):
        trained(searched("own_families:softmax", {}, epochs=1))


@pytest.mark.parametrize("head", ["logistic_regression", "linear_svm"])
def test_a_fitted_head_is_scikit_learn_s(head: str) -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [30, 50]).astype(np.int32)
    x = (rng.normal(size=(80, 4)) + y[:, None] * [1, 0, 0.5, -1]).astype(np.float32)
    config = {"head": head, "regularization_c": 0.3, "class_weights": "balanced", "class_weights_beta": 0.99}
    fitted = BINARY.fitted(BINARY.targets(y, PIXELS.names).outputs, config, 4)
    kernel, bias = fitted.weights(x, y)
    assert (kernel.shape, bias.shape) == ((4, 1), (1,))
    judged = fitted.judged((x @ kernel + bias).astype(np.float64), y)
    options = {"C": 0.3, "class_weight": "balanced", "random_state": 4}
    if head == "linear_svm":
        known = LinearSVC(**options).fit(x, y)
        expected = 1 / (1 + np.exp(-known.decision_function(x)))
    else:
        expected = LogisticRegression(**options).fit(x, y).predict_proba(x)[:, 1]
    np.testing.assert_allclose(judged.kept["probabilities"], expected, atol=1e-4)
    assert judged.losses.mean() == pytest.approx(metrics.log_loss(y, expected), abs=1e-4)


def test_losses_are_those_of_keras() -> None:
    logits, y = np.float32([[-2.0], [0.5], [3.0], [40.0]]), np.array([0, 1, 0, 1], np.int32)
    values = {
        "label_smoothing": SimpleNamespace(tensor=tf.constant(0.2)),
        "class_weights": SimpleNamespace(tensor=tf.constant([0.5, 2.0])),
    }
    found = BinaryHead().losses(tf.constant(logits), tf.constant(y), values)
    of = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2, reduction=None)
    expected = np.asarray(of(y[:, None].astype(np.float32), logits)) * np.array([0.5, 2.0])[y]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)
    plain = BinaryHead().judged(tf.constant(logits), tf.constant(y))
    np.testing.assert_allclose(plain.losses.numpy(), [0.126928, 0.474077, 3.048587, 0.0], atol=1e-5)


def test_equal_logits_have_equal_probabilities_wherever_they_stand() -> None:
    logits = tf.fill((13, 1), -0.045363)
    judged = tf.function(lambda outputs: BinaryHead().judged(outputs, tf.zeros(13, tf.int32)).kept["probabilities"])
    assert len(set(judged(logits).numpy().tolist())) == 1
