"""Scikit-learn's classifiers on frozen features, to scikit-learn's own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from cnnsearch.training.phases import plan_phases
from cnnsearch.training.programs.fitted_head import FittedHead

SEED = 4
RNG = np.random.default_rng(0)


def made(classes: int = 5, **values: Any) -> FittedHead:
    """A head on four features."""
    space = {"unfrozen_layers": 0, "head": "logistic_regression", **values}
    searched = tiny.experiment(space, "transfer")
    pixels = tiny.PIXELS
    assert len(pixels.names) == classes
    config = tiny.filled(searched)
    (phase,) = plan_phases(searched, config, pixels, tiny.SCALING).phases
    return FittedHead(phase.structure, config, pixels.names, SEED)


def data(classes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Features that tell something of their classes."""
    y = np.repeat(classes, 20).astype(np.int32)
    return (RNG.normal(size=(len(y), 4)) + y[:, None] * [1, 0, 0.5, -1]).astype(np.float32), y


def fitted(head: FittedHead, x: np.ndarray, y: np.ndarray) -> tuple[float, ...]:
    """Loss and accuracy of fitting, in two pieces and any order."""
    order = np.random.default_rng(1).permutation(len(y))
    return head.train_epoch([(x, y, order[:30]), (x, y, order[30:])], np.zeros(1, np.float32), 0, 0)


@pytest.mark.parametrize("classes", [(0, 1, 2, 3, 4), (1, 3, 4)], ids=["all classes", "two never seen"])
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_logistic_regression(classes: tuple[int, ...], class_weights: str) -> None:
    x, y = data(classes)
    x, y = x[:-10], y[:-10]  # of different sizes
    head = made(regularization_c=0.3, class_weights=class_weights)
    loss, accuracy = fitted(head, x, y)
    known = LogisticRegression(C=0.3, class_weight=None if class_weights == "none" else "balanced", max_iter=5000).fit(
        x, y
    )
    expected = np.zeros((len(y), 5))
    expected[:, list(classes)] = known.predict_proba(x)
    val_loss, probabilities, confusion = tiny.evaluated(head, [(x[:7], y[:7]), (x[7:], y[7:])])
    np.testing.assert_allclose(probabilities, expected, atol=2e-3)
    assert accuracy == pytest.approx(known.score(x, y), abs=1.5 / len(y))
    assert loss == pytest.approx(val_loss, rel=1e-6)
    assert loss == pytest.approx(log_loss(y, known.predict_proba(x)), abs=1e-3)
    assert confusion.sum() == len(y)
    assert np.trace(confusion) == round(accuracy * len(y))


def test_two_classes_of_which_scikit_learn_keeps_one_row() -> None:
    x, y = data((2, 4))
    head = made()
    _, accuracy = fitted(head, x, y)
    known = LogisticRegression(max_iter=5000).fit(x, y)
    _, probabilities, _ = tiny.evaluated(head, [(x, y)])
    np.testing.assert_allclose(probabilities[:, [2, 4]], known.predict_proba(x), atol=1e-3)
    assert accuracy == pytest.approx(known.score(x, y), abs=1.5 / len(y))


def test_a_linear_support_vector_machine_decides_as_scikit_learn_does() -> None:
    x, y = data((0, 1, 2, 3, 4))
    head = made(head="linear_svm", regularization_c=0.1)
    fitted(head, x, y)
    known = LinearSVC(C=0.1, random_state=SEED, max_iter=5000).fit(x, y)
    _, probabilities, _ = tiny.evaluated(head, [(x, y)])
    assert (probabilities.argmax(axis=1) == known.predict(x)).mean() > 0.97
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_what_it_says_is_what_its_model_says() -> None:
    x, y = data((0, 1, 2, 3, 4))
    head = made()
    fitted(head, x, y)
    _, probabilities, _ = tiny.evaluated(head, [(x, y)])
    logits = np.asarray(head.model(x))
    np.testing.assert_allclose(probabilities.argmax(axis=1), logits.argmax(axis=1))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), rtol=1e-4)
    assert head.latency(x[:1], y[:1]).low > 0.0


def test_the_strength_of_the_regularisation_counts() -> None:
    x, y = data((0, 1, 2, 3, 4))
    losses = [fitted(made(regularization_c=strength), x, y)[0] for strength in (1e-3, 1.0)]
    assert losses[0] > losses[1]


@pytest.mark.parametrize(("head", "pooling"), [("logistic_regression", "average"), ("linear_svm", "flatten")])
def test_a_trial(head: str, pooling: str) -> None:
    space = {"unfrozen_layers": 0, "head": head, "pooling": pooling}
    outcome = tiny.trained(tiny.experiment(space, "transfer"))
    assert len(outcome.epochs) == 1
    assert outcome.epochs[0][1] > (0.6 if pooling == "flatten" else 0.3)
    assert outcome == tiny.trained(tiny.experiment(space, "transfer", features={"cache": False}))
