"""Whole trials on a few digits, without Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.data.stages import pixels, scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.tasks.classification.targets import ClassTargets
from cnnsearch.training import EpochResult, TrialData, TrialResult, run_trial, trainer
from cnnsearch.training import trial as module
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("shared_programs")

Small = Callable[..., Experiment]

CONFIG = {"filters": 8, "units": 16, "learning_rate": 0.005}
CLOCK = ("seconds", "time")


def numbers(result: TrialResult) -> list[dict[str, Any]]:
    """The epochs without what a clock tells."""
    return [{name: value for name, value in e.to_dict().items() if name not in CLOCK} for e in result.epochs]


def test_a_trial_learns_and_tells_each_epoch(small: Small, digits: TrialData) -> None:
    told: list[EpochResult] = []
    result = run_trial(small(epochs=20), CONFIG, digits, told.append)
    assert (result.state, result.end_reason, result.reason) == ("COMPLETED", "epochs", None)
    assert tuple(told) == result.epochs
    assert len(told) == 20
    assert result.value is not None
    assert result.value > 0.5, "ten classes: chance is 0.1"
    assert result.predictions is not None
    assert result.predictions.confusion.shape == (10, 10)
    assert result.predictions.confusion.sum() == len(digits.split.validation)
    assert result.metrics is not None
    assert (
        np.trace(result.predictions.confusion) / result.predictions.confusion.sum()
        == result.metrics["val_accuracy"]
        == result.value
    )


@pytest.mark.parametrize(
    "config",
    [pytest.param({}, marks=pytest.mark.exhaustive), {"dropout": 0.3, "batch_normalization": True, "l2": 1e-4}],
)
def test_same_seed_same_numbers(
    small: Small, digits: TrialData, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "Programs", Programs)  # each trial has its own
    once, again, other = (run_trial(small(), {**CONFIG, **config}, digits, seed=seed) for seed in (5, 5, 6))
    assert numbers(once) == numbers(again)
    assert numbers(once) != numbers(other)


def test_without_a_seed_it_is_the_experiments(small: Small, digits: TrialData) -> None:
    experiment = small(epochs=1)
    assert numbers(run_trial(experiment, CONFIG, digits)) == numbers(
        run_trial(experiment, CONFIG, digits, seed=experiment.seed)
    )


def test_what_a_config_leaves_out_has_its_default(small: Small, digits: TrialData) -> None:
    experiment = small(epochs=1)
    assert numbers(run_trial(experiment, CONFIG, digits)) == numbers(
        run_trial(experiment, experiment.filled(CONFIG), digits)
    )


@pytest.mark.parametrize("metric", [pytest.param("val_accuracy", marks=pytest.mark.exhaustive), "val_loss", "val_f1"])
def test_the_exported_model_is_that_of_the_best_epoch(small: Small, digits: TrialData, metric: str) -> None:
    # This high a rate makes the validation go up and down, so that the last epoch is not the best.
    experiment = small(epochs=30, early_stopping={"patience": 3}, objective=metric)
    config = {**CONFIG, "learning_rate": 0.03}
    shared = pixels(digits.dataset, digits.split, None)
    trained = Trainer(experiment, config, shared, scaling(shared, "unit"), seed=1)
    while trained.end_reason is None:
        trained.run_epoch()
    result = trained.result()
    assert result.end_reason == "patience"
    assert result.best_epoch == len(result.epochs) - 3
    best = result.epochs[result.best_epoch - 1]
    assert result.value == best.values[metric]

    probabilities = tiny.answers(trained.export(), shared.x_validation)
    np.testing.assert_allclose(probabilities, trained.predictions.probabilities, atol=1e-5)
    accuracy = (probabilities.argmax(axis=1) == shared.y_validation).mean()
    assert accuracy == pytest.approx(best.values["val_accuracy"], abs=1e-9)
    assert best.values["val_accuracy"] != result.epochs[-1].values["val_accuracy"] or metric != "val_accuracy"


def test_a_true_answer_stops_it(small: Small, digits: TrialData) -> None:
    result = run_trial(small(epochs=5), CONFIG, digits, lambda epoch: epoch.epoch == 2)
    assert (result.state, result.end_reason, len(result.epochs)) == ("STOPPED", "scheduler", 2)
    assert result.value is not None


def test_stopping_at_the_last_epoch_is_completing(small: Small, digits: TrialData) -> None:
    result = run_trial(small(epochs=2), CONFIG, digits, lambda epoch: epoch.epoch == 2)
    assert (result.state, result.end_reason) == ("COMPLETED", "epochs")


def test_divergence_is_a_failed_trial_with_its_epochs(small: Small, digits: TrialData) -> None:
    config = {**CONFIG, "optimizer": "sgd", "learning_rate": 100.0, "activation": "elu", "l2": 10.0}
    result = run_trial(small(epochs=5), config, digits)
    assert (result.state, result.end_reason, result.value) == ("FAILED", "error", None)
    assert result.reason is not None
    assert "the training diverged" in result.reason
    assert result.traceback is None
    assert len(result.epochs) == 1


def test_a_model_over_a_limit_is_refused_untrained(small: Small, digits: TrialData) -> None:
    experiment = small(limits={"parameters": 1000, "model_mb": 0.004, "latency_ms": 1e6})
    result, count = run_trial(experiment, CONFIG, digits), counted(CONFIG)
    assert (result.state, result.epochs, result.traceback) == ("FAILED", (), None)
    assert result.reason == (
        f"not trained, as it breaks limits.parameters: {count}, at most 1000 "
        f"and limits.model_mb: {count * 4 / 1e6:.6g}, at most 0.004"
    )
    assert result.cost == {"parameters": count, "model_bytes": 4 * count}
    limits = {"parameters": count, "model_mb": count * 4 / 1e6}
    assert run_trial(small(epochs=1, limits=limits), CONFIG, digits).state == "COMPLETED"


def counted(config: dict[str, Any]) -> int:
    """The weights of a model for the digits."""
    return find_family("cnn").count(config, (8, 8, 1), 10)


def test_an_impossible_architecture_is_a_failed_trial(small: Small, digits: TrialData) -> None:
    result = run_trial(small(), {**CONFIG, "conv_blocks": 5}, digits)
    assert result.state == "FAILED"
    assert result.reason is not None
    assert result.reason.startswith("impossible architecture: the pooling of block 4")
    assert (result.epochs, result.metrics, result.cost) == ((), None, None)


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's own, which is told by its name."""


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM when allocating\nmore"), KeyError("x")])
def test_errors_become_reasons(
    small: Small, digits: TrialData, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def explode(*_: Any) -> None:
        raise error

    monkeypatch.setattr(module, "pixels", explode)
    result = run_trial(small(), CONFIG, digits)
    assert result.state == "FAILED"
    expected = {
        MemoryError: "out of memory: no message",
        ResourceExhaustedError: "out of memory: OOM when allocating",
        KeyError: "KeyError: 'x'",
    }
    assert result.reason == expected[type(error)]
    assert result.traceback is not None
    assert "explode" in result.traceback


def test_tensorflows_own_memory_error(small: Small, digits: TrialData, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    def explode(*_: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(Trainer, "run_epoch", explode)
    assert run_trial(small(), CONFIG, digits).reason == "out of memory: OOM when allocating tensor"


def test_an_interrupt_is_not_a_failed_trial(small: Small, digits: TrialData) -> None:
    def interrupt(_: EpochResult) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trial(small(), CONFIG, digits, interrupt)


def test_an_error_of_the_report_callable_fails_the_trial_with_the_epochs_it_had(
    small: Small, digits: TrialData
) -> None:
    def refuse(epoch: EpochResult) -> None:
        if epoch.epoch == 2:
            raise TrialError("refused")

    result = run_trial(small(), CONFIG, digits, refuse)
    assert (result.state, result.value, len(result.epochs)) == ("FAILED", None, 2)
    best = max(epoch.values["val_accuracy"] for epoch in result.epochs)
    assert result.reason == f"refused (after 2 epochs, the best with val_accuracy {best:.4f})"


@pytest.mark.parametrize("classes", [2, 3])
def test_the_output_has_one_unit_a_class(small: Small, digits: TrialData, classes: int) -> None:
    members = {
        name: part[digits.dataset.targets.values[part] < classes]
        for name, part in vars(digits.split).items()
        if isinstance(part, np.ndarray)
    }
    few = TrialData(
        replace(
            digits.dataset, targets=ClassTargets(digits.dataset.targets.values, digits.dataset.targets.names[:classes])
        ),
        replace(digits.split, **members),
    )
    result = run_trial(small(epochs=2), CONFIG, few)
    assert result.state == "COMPLETED"
    assert result.predictions is not None
    assert result.predictions.confusion.shape == (classes, classes)


def parameters(result: TrialResult) -> float:
    assert result.cost is not None, result.reason
    return result.cost["parameters"]


@pytest.mark.parametrize("metric", ["val_loss", "val_f1"])
def test_objectives(small: Small, digits: TrialData, metric: str) -> None:
    result = run_trial(small(objective=metric, epochs=4), CONFIG, digits)
    values = [epoch.values[metric] for epoch in result.epochs]
    assert result.value == (min if metric == "val_loss" else max)(values)
    assert result.metrics is not None
    assert result.metrics[metric] == pytest.approx(result.value)


def test_image_size_and_scaling_are_taken_from_the_config(small: Small, digits: TrialData) -> None:
    found = {}
    for size, kind in [(None, "unit"), (8, "unit"), (12, "unit"), ((12, 8), "unit"), (None, "standardize")]:
        config = {**CONFIG, "scaling": kind, **({} if size is None else {"image_size": size})}
        result = run_trial(small(epochs=1), config, digits)
        found[size, kind] = (parameters(result), numbers(result))
    # Two poolings of 12x12 leave 3x3 maps of 16 filters where 8x8 leaves 2x2.
    flat = {None: 4, 8: 4, 12: 9, (12, 8): 6}
    for (size, _), (count, _) in found.items():
        assert count - found[8, "unit"][0] == (flat[size] - 4) * 16 * 16
    assert found[None, "unit"] == found[8, "unit"]
    assert found[None, "unit"][1] != found[None, "standardize"][1]


def test_preprocessing_of_the_experiment_counts_where_the_config_says_nothing(small: Small, digits: TrialData) -> None:
    asked = run_trial(small(epochs=1, preprocessing={"image_size": 12, "scaling": "standardize"}), CONFIG, digits)
    searched = run_trial(small(epochs=1), {**CONFIG, "image_size": 12, "scaling": "standardize"}, digits)
    assert numbers(asked) == numbers(searched)
