"""Trials of two classes as scripts of plain Keras: run as ``__main__`` they give the trial's numbers, each of them."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from synthetic import SyntheticTrial, environment, write_study
from training.test_keras_code import SEED, WHOLE, eager
from two_classes import PIXELS

from cnnsearch.data.stages import scaling
from cnnsearch.training.trainer import Trainer

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "cnn: smoothed, weighted and oversampled labels, focal loss, a searched threshold, patience": (
        "cnn",
        {
            **WHOLE,
            "label_smoothing": 0.1,
            "class_weights": "effective",
            "class_weights_beta": 0.98,
            "oversampling": 0.5,
            "focal_gamma": 2.0,
            "learning_rate": 0.05,
        },
        {"epochs": 5, "early_stopping": {"patience": 1}},
    ),
    "transfer: two phases at a fixed threshold, another objective": (
        "transfer",
        {**WHOLE, "unfrozen_layers": "block1_norm", "fine_tune_epochs": 2, "threshold": 0.6, "layer_decay": 0.5},
        {"epochs": 3, "objective": "val_balanced_accuracy"},
    ),
    "transfer: a classifier of scikit-learn": (
        "transfer",
        {"unfrozen_layers": 0, "head": "logistic_regression", "class_weights": [1.0, 3.0], "oversampling": 1.0},
        {},
    ),
    "own, which ends in sigmoid": ("own_families:sigmoid", WHOLE, {"objective": "val_loss", "epochs": 1}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.exhaustive] if "two phases" in name else []) for name in CASES]
)
def test_script_trains_what_the_trial_trained(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family, space, keys = CASES[name]
    searched = tiny.experiment(space, family, task="binary", **keys)
    config = tiny.filled(searched)
    trainer = Trainer(searched, config, PIXELS, scaling(PIXELS, "unit"), SEED)
    while trainer.end_reason is None:
        trainer.run_epoch()
    data = environment(PIXELS.names, shape=[6, 6], channels=2)
    written = SyntheticTrial("INTERRUPTED", (), {key: config[key] for key in searched.space})
    text = write_study(tmp_path / "study", searched, [written], data, predictions=0).code(0)
    monkeypatch.chdir(tmp_path)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    np.savez("data.npz", **{name: getattr(PIXELS, name) for name in names})
    Path("script.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(sys, "argv", ["script.py", "data.npz"])
    with tiny.quiet(), eager():
        found = runpy.run_path("script.py", run_name="__main__")
        saved = keras.models.load_model("model.keras")
    given = np.asarray(saved(PIXELS.x_validation.astype(np.float32)))
    np.testing.assert_allclose(given[:, 0], trainer.predictions.probabilities, atol=5e-4)
    if found["history"] is not None:
        history = found["history"].history
        last = trainer.epochs[trainer._phase.first :]  # those of the last phase, as the script's history
        assert {"val_roc_auc", "val_threshold", "val_f1"} <= set(history)
        for metric in last[0].values:
            np.testing.assert_allclose(
                history[metric], [epoch.values[metric] for epoch in last], atol=5e-4, err_msg=metric
            )
