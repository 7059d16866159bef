"""A network trained on training and validation pictures together, and what plain training on all of them gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.data.stages import joined
from cnnsearch.errors import TrialError
from cnnsearch.study.record.lines import Worker
from cnnsearch.training.features.features import compute_features
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.refit import Refit, joined_features
from cnnsearch.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("shared_programs")

TOGETHER = joined(tiny.PIXELS)
FROZEN = {"unfrozen_layers": 0}
PHASES = {"unfrozen_layers": "block2", "fine_tune_epochs": 2}


def test_the_pictures_of_both_splits_are_one_training_split() -> None:
    assert len(TOGETHER.x_train) == len(TOGETHER.y_train) == tiny.COUNT + 70
    np.testing.assert_array_equal(TOGETHER.x_train[tiny.COUNT :], tiny.PIXELS.x_validation)
    np.testing.assert_array_equal(TOGETHER.y_train[: tiny.COUNT], tiny.PIXELS.y_train)


def weights_of(trained: Any) -> list[np.ndarray]:
    return list(trained.export().get_weights())


def refitted(searched: Any, epochs: int, **keys: Any) -> Refit:
    found = Refit(searched, tiny.filled(searched), TOGETHER, tiny.SCALING, 5, epochs, **keys)
    while not found.is_over:
        found.run_epoch()
    return found


@pytest.mark.parametrize(
    ("model", "space"),
    [("cnn", {"learning_rate_schedule": "cosine", "dropout": 0.2}), ("transfer", FROZEN), ("transfer", PHASES)],
    ids=["cnn", "frozen", "two phases"],
)
def test_as_many_epochs_of_a_trial_on_all_of_them(model: str, space: dict[str, Any]) -> None:
    """Bit for bit, the schedule included, until the last quarter of its epochs."""
    searched = tiny.experiment(space, model)
    feeds = Feeds(compute=joined_features(tiny.PIXELS, compute_features))
    found = Refit(searched, tiny.filled(searched), TOGETHER, tiny.SCALING, 5, 3, feeds=feeds)
    for _ in range(2):
        found.run_epoch()
    left = [np.asarray(weight).copy() for weight in found._trainer._program.model.weights]
    trainer = Trainer(searched, tiny.filled(searched), TOGETHER, tiny.SCALING, 5, feeds=feeds)
    for _ in range(2):
        trainer.run_epoch()
    for mine, theirs in zip(left, trainer._program.model.weights, strict=True):
        np.testing.assert_array_equal(mine, np.asarray(theirs))
    assert [epoch.values["loss"] for epoch in found.epochs] == [epoch.values["loss"] for epoch in trainer.epochs]
    assert not any(name.startswith("val_") for epoch in found.epochs for name in epoch.values)


@pytest.mark.parametrize(
    ("model", "space", "epochs"),
    [("cnn", {}, 8), ("transfer", {**PHASES, "fine_tune_epochs": 8}, 10)],
    ids=["cnn", "two phases"],
)
def test_its_rate_goes_down_to_0_over_the_last_quarter(model: str, space: dict[str, Any], epochs: int) -> None:
    """Of its last phase, as its last weights are what it gives."""
    searched = tiny.experiment(space, model, epochs=epochs)
    found = refitted(searched, epochs)
    rates = np.array([epoch.learning_rate for epoch in found.epochs])[-8:]
    np.testing.assert_allclose(rates / rates[0], [1, 1, 1, 1, 1, 1, 1, 0.5], rtol=1e-6)


def test_features_of_both_splits_are_put_together() -> None:
    searched = tiny.experiment(FROZEN, "transfer")
    trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 5)
    prefix = trainer._phase.prefix
    assert prefix is not None
    found = joined_features(tiny.PIXELS, compute_features)(prefix, TOGETHER)
    whole = compute_features(prefix, TOGETHER)
    np.testing.assert_allclose(found.x_train[0], whole.x_train[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.y_train, TOGETHER.y_train)
    varied = replace(prefix, variants=2, settings=(*prefix.settings, *_off_augmentation()))
    assert len(joined_features(tiny.PIXELS, compute_features)(varied, TOGETHER).x_train[0]) == 2 * len(TOGETHER.y_train)


def _off_augmentation() -> tuple[tuple[str, Any], ...]:
    from cnnsearch.inputs.pictures.spec import AUGMENTATION

    return tuple((name, AUGMENTATION[name].default) for name in AUGMENTATION)


def test_a_head_of_scikit_learn_is_fitted_to_all_of_them() -> None:
    searched = tiny.experiment({"unfrozen_layers": 0, "head": "logistic_regression"}, "transfer")
    found = refitted(searched, 1)
    trained = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 5)
    trained.run_epoch()
    assert any((mine != theirs).any() for mine, theirs in zip(weights_of(found), weights_of(trained), strict=True))


def test_it_has_no_value() -> None:
    searched = tiny.experiment({})
    end = refitted(searched, 3).ended(9, Worker(), 1.0, 2.0)
    assert (end.state, end.end_reason, end.value, end.best_epoch, end.epochs) == ("COMPLETED", "epochs", None, None, 3)
    assert set(end.metrics) == {"loss", "accuracy"}
    assert end.cost["compute_seconds"] > 0
    assert end.cost["evaluate_seconds"] == 0


def test_one_that_diverges_fails() -> None:
    searched = tiny.experiment({})
    found = Refit(searched, tiny.filled(searched), TOGETHER, tiny.SCALING, 5, 3)
    found.run_epoch()
    model = found._trainer._program.model
    model.set_weights([weight * np.nan for weight in model.get_weights()])
    with pytest.raises(TrialError, match="the training diverged at epoch 2: its loss is nan"):
        found.run_epoch()
