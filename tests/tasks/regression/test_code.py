"""The Keras code of trials of numbers, run as ``__main__``: it trains what the trial trained, to the same numbers."""

from __future__ import annotations

import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.data.stages import Pixels, scaling
from cnnsearch.tasks.regression.targets import make
from cnnsearch.training.trainer import Trainer

NAMES = ("place", "light")


def numbers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The place of the bright patch, and the mean light in large units."""
    return np.stack([y * 1.0, 1e6 + x.mean((1, 2, 3))], axis=1)


PIXELS = Pixels(
    tiny.PIXELS.x_train,
    numbers(tiny.PIXELS.x_train, tiny.PIXELS.y_train),
    tiny.PIXELS.x_validation,
    numbers(tiny.PIXELS.x_validation, tiny.PIXELS.y_validation),
    NAMES,
)

WHOLE = {"batch_size": 4 * tiny.COUNT}

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "mse, R2": ("cnn", {"pooling": "average", "loss": "mse"}, {"objective": "val_r2"}),
    "huber, the median error of one number": (
        "cnn",
        {"loss": "huber", "huber_delta": 0.5},
        {"objective": "val_median_error[light]"},
    ),
    "mae, and a frozen backbone": ("transfer", {"loss": "mae", "unfrozen_layers": 0}, {"objective": "val_mae"}),
    "a network of somebody's own, RMSE": (
        "own_families:stock",
        {"width": 4, "rate": 0.0, "penalty": 0.0},
        {"objective": "val_rmse"},
    ),
}


@pytest.fixture(autouse=True)
def _eager() -> Iterator[None]:
    """Of a few batches, tracing would take most of the time."""
    with tiny.quiet(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)
        yield
    tf.config.run_functions_eagerly(False)
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[pytest.mark.exhaustive] if "mse" in name else []) for name in CASES]
)
def test_script_trains_what_the_trial_trained(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family, config, keys = CASES[case]
    searched = tiny.experiment({**WHOLE, **config}, family, task="regression", **keys)
    whole = tiny.filled(searched)
    trainer = Trainer(searched, whole, PIXELS, scaling(PIXELS, whole.get("scaling", "unit")), 1000)
    while trainer.end_reason is None:
        trainer.run_epoch()
    shape = PIXELS.x_train.shape
    told = make(PIXELS.y_train, NAMES).describe({"train": np.arange(len(PIXELS.y_train))})
    described = environment(shape=list(shape[1:3]), channels=shape[3])
    del described["dataset"]["classes"]
    described["dataset"] |= told
    written = {name: value for name, value in whole.items() if name in searched.space}
    trial = SyntheticTrial("INTERRUPTED", (), written)
    study = write_study(tmp_path / "study", searched, [trial], described, predictions=0)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    np.savez(tmp_path / "data.npz", **{name: getattr(PIXELS, name) for name in names})
    (tmp_path / "script.py").write_text(study.code(0), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(sys, "argv", ["script.py", "data.npz"])
    tf.config.run_functions_eagerly(True)
    history = runpy.run_path("script.py", run_name="__main__")["history"].history
    aim = searched.objective.metric
    for name in ("loss", "mae", "val_loss", "val_mae", aim):
        expected = [epoch.values[name] for epoch in trainer.epochs[trainer._phase.first :]]
        np.testing.assert_allclose(history[name], expected, rtol=2e-3, atol=2e-4, err_msg=name)
    saved = keras.models.load_model("model.keras")
    assert saved.layers[-1].name == "values"
    spread = PIXELS.y_train.std(axis=0)
    values, expected = tiny.answers(saved, PIXELS.x_validation), trainer.predictions.values  # type: ignore[union-attr]
    np.testing.assert_allclose(values / spread, expected / spread, rtol=0, atol=2e-3)
