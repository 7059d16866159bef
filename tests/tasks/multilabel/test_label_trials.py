"""Trials of several labels with every kind of family: what they tell is what scikit-learn does of their predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tiny
from sklearn import metrics

from cnnsearch.experiment import Experiment
from cnnsearch.networks.runtime import RuntimeValue
from cnnsearch.tasks.multilabel.head import LabelHead
from cnnsearch.tasks.multilabel.predictions import LabelPredictions
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

NAMES = ("early", "odd", "last")


def labels(classes: np.ndarray) -> np.ndarray:
    """Of the place of the bright patch; pictures of the third place have none."""
    return np.stack([classes < 2, classes % 2, classes == 4], axis=1).astype(np.uint8)


PIXELS = replace(
    tiny.PIXELS, y_train=labels(tiny.PIXELS.y_train), y_validation=labels(tiny.PIXELS.y_validation), names=NAMES
)


def searched(model: str, space: dict[str, Any], **keys: Any) -> Experiment:
    source = {"source": "npz", "path": "labels.npz"}
    return tiny.experiment(
        space, model, task="multilabel", dataset=source, **{"scheduler": "none", "epochs": 2, **keys}
    )


def trained(
    experiment: Experiment,
    config: dict[str, Any] | None = None,
    programs: Programs | None = None,
    checkpoint: Checkpoint | None = None,
) -> Trainer:
    filled = tiny.filled(experiment, config)
    trainer = Trainer(experiment, filled, PIXELS, tiny.SCALING, 3, programs, checkpoint=checkpoint)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


FAMILIES = {
    "cnn": ("cnn", {"label_smoothing": 0.1, "positive_weights": "balanced"}),
    "a frozen backbone, computed once": ("transfer", {"unfrozen_layers": 0}),
    "a family that ends in sigmoid": ("own_families:sigmoid", {}),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_trial_tells_what_scikit_learn_does(name: str) -> None:
    trainer = trained(searched(*FAMILIES[name]))
    result, true = trainer.result(), PIXELS.y_validation
    assert isinstance(result.predictions, LabelPredictions)
    probabilities, told = result.predictions.probabilities, result.metrics or {}
    decided = probabilities.astype(np.float64) >= [told[f"val_threshold[{each}]"] for each in NAMES]
    macro = {"average": "macro", "zero_division": 0}
    expected = {
        "val_average_precision": metrics.average_precision_score(true, probabilities),
        "val_roc_auc": metrics.roc_auc_score(true, probabilities),
        "val_f1": metrics.f1_score(true, decided, **macro),
        "val_precision": metrics.precision_score(true, decided, **macro),
        "val_recall": metrics.recall_score(true, decided, **macro),
        "val_micro_f1": metrics.f1_score(true, decided, average="micro"),
        "val_exact_match": metrics.accuracy_score(true, decided),
        "val_hamming_loss": metrics.hamming_loss(true, decided),
    }
    assert {key: told[key] for key in expected} == pytest.approx(expected, abs=1e-6)
    assert result.value == told["val_average_precision"], "the objective where none is named"
    curve = ["loss", "val_loss", "val_average_precision", "val_f1", "val_exact_match"]
    assert list(trainer.epochs[0].values) == curve
    exported = trainer.export()
    assert exported.layers[-1].name == "labels"
    np.testing.assert_allclose(tiny.answers(exported, PIXELS.x_validation), probabilities, atol=1e-5)


def test_an_objective_may_be_of_one_label() -> None:
    result = trained(searched("cnn", {}, objective="val_recall[odd]")).result()
    assert isinstance(result.predictions, LabelPredictions)
    assert result.value == result.predictions.by_label("recall")[1]


def test_thresholds_are_no_part_of_a_program() -> None:
    experiment, programs = searched("cnn", {"threshold": {"choice": [None, 0.25]}}), Programs()
    at_best, fixed = (trained(experiment, {"threshold": each}, programs) for each in (None, 0.25))
    assert at_best.is_compiled
    assert not fixed.is_compiled
    assert [fixed.result().metrics[f"val_threshold[{name}]"] for name in NAMES] == [0.25] * 3  # type: ignore[index]
    assert [each.values["val_loss"] for each in at_best.epochs] == [each.values["val_loss"] for each in fixed.epochs]
    f1 = [each.result().metrics["val_f1"] for each in (at_best, fixed)]  # type: ignore[index]
    assert f1[0] >= f1[1]


def test_a_trial_that_goes_on_elsewhere_has_the_same_thresholds() -> None:
    experiment, programs = searched("cnn", {}), Programs()
    trainer = Trainer(experiment, tiny.filled(experiment), PIXELS, tiny.SCALING, 3, programs)
    trainer.run_epoch()
    kept = trainer.checkpoint()
    assert kept is not None
    other = trained(experiment, programs=programs, checkpoint=Checkpoint.from_bytes(kept.to_bytes()))
    assert other.result().metrics == trained(experiment, programs=programs).result().metrics


class TestLosses:
    logits = np.float32([[2.0, -1.0], [0.5, 3.0], [-4.0, 0.0]])
    true = np.array([[1, 0], [0, 1], [1, 1]], np.uint8)

    def losses(self, **values: Any) -> np.ndarray:
        known = {}
        for name, value in values.items():
            known[name] = RuntimeValue(name, np.shape(value))
            known[name].assign(value)
        run = tf.function(lambda: LabelHead(2).losses(tf.constant(self.logits), tf.constant(self.true), known))
        return np.asarray(run())

    def test_are_means_of_the_cross_entropies_of_the_labels(self) -> None:
        likely = 1 / (1 + np.exp(-self.logits.astype(float)))
        expected = -np.where(self.true == 1, np.log(likely), np.log(1 - likely))
        assert self.losses() == pytest.approx(expected.mean(axis=1), rel=1e-5)
        weighted = np.where(self.true == 1, [3.0, 0.5], 1.0) * expected
        assert self.losses(positive_weights=[3.0, 0.5]) == pytest.approx(weighted.mean(axis=1), rel=1e-5)

    def test_smoothed_labels_lie_nearer_to_a_half(self) -> None:
        likely, aims = 1 / (1 + np.exp(-self.logits.astype(float))), self.true * 0.8 + 0.1
        expected = -(aims * np.log(likely) + (1 - aims) * np.log(1 - likely))
        assert self.losses(label_smoothing=0.2) == pytest.approx(expected.mean(axis=1), rel=1e-5)

    def test_balanced_weights_make_both_sides_of_a_label_count_the_same(self) -> None:
        targets = np.array([[1, 1, 0]] + [[0, 1, 0]] * 3, np.uint8)
        numbers = LabelHead(3).numbers(
            {"positive_weights": "balanced", "positive_weights_beta": 0.99, "oversampling": 0.0}, targets
        )
        assert numbers["positive_weights"].tolist() == [3.0, 0.0, 1.0]

    def test_softmax_is_refused(self) -> None:
        shares = np.exp(self.logits) / np.exp(self.logits).sum(axis=1, keepdims=True)
        assert LabelHead(2).refused(self.logits) is None
        assert "gives probabilities that sum to 1 over the labels" in str(LabelHead(2).refused(shares))


def test_a_metric_that_the_validation_pictures_do_not_define_is_none_and_costs_no_trial() -> None:
    """Of a label that all of them have, or none, there is no ROC curve."""
    still = replace(PIXELS, y_validation=np.broadcast_to(np.uint8([1, 0, 0]), PIXELS.y_validation.shape))
    experiment = searched("cnn", {}, epochs=1)
    trainer = Trainer(experiment, tiny.filled(experiment), still, tiny.SCALING, 3)
    trainer.run_epoch()
    result = trainer.result()
    assert (result.state, result.metrics["val_roc_auc"]) == ("COMPLETED", None)
    assert result.metrics["val_average_precision"] == 1.0
