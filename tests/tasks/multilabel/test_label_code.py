"""Trials of several labels as scripts of plain Keras: run as ``__main__`` they give the trial's numbers."""

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
from tasks.multilabel.test_label_trials import NAMES, PIXELS, searched
from training.test_keras_code import SEED, WHOLE, eager

from cnnsearch.data.stages import scaling
from cnnsearch.training.trainer import Trainer

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "cnn: smoothed, weighted and oversampled labels, focal loss, patience": (
        "cnn",
        {
            **WHOLE,
            "label_smoothing": 0.1,
            "positive_weights": "effective",
            "positive_weights_beta": 0.9,
            "oversampling": 0.7,
            "focal_gamma": 1.5,
            "learning_rate": 0.05,
        },
        {"epochs": 4, "early_stopping": {"patience": 1}},
    ),
    "transfer: two phases, the F1 of one label at searched thresholds": (
        "transfer",
        {**WHOLE, "unfrozen_layers": "block1_norm", "fine_tune_epochs": 2},
        {"epochs": 3, "objective": "val_f1[odd]"},
    ),
    "own, which ends in sigmoid: a fixed threshold, the mean over all labels": (
        "own_families:sigmoid",
        {**WHOLE, "threshold": 0.4},
        {"objective": "val_hamming_loss", "epochs": 1},
    ),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.exhaustive] if "two phases" in name else []) for name in CASES]
)
def test_script_trains_what_the_trial_trained(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family, space, keys = CASES[name]
    experiment = searched(family, space, **keys)
    config = tiny.filled(experiment)
    trainer = Trainer(experiment, config, PIXELS, scaling(PIXELS, "unit"), SEED)
    while trainer.end_reason is None:
        trainer.run_epoch()
    described = environment(NAMES, shape=[6, 6], channels=2)
    written = SyntheticTrial("INTERRUPTED", (), {key: config[key] for key in experiment.space})
    text = write_study(tmp_path / "study", experiment, [written], described, predictions=0).code(0)
    monkeypatch.chdir(tmp_path)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    np.savez("data.npz", **{name: getattr(PIXELS, name) for name in names})
    Path("script.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(sys, "argv", ["script.py", "data.npz"])
    with tiny.quiet(), eager():
        history = runpy.run_path("script.py", run_name="__main__")["history"].history
        saved = keras.models.load_model("model.keras")
    given = np.asarray(saved(PIXELS.x_validation.astype(np.float32)))
    np.testing.assert_allclose(given, trainer.predictions.probabilities, atol=5e-4)
    last = trainer.epochs[trainer._phase.first :]  # those of the last phase, as the script's history
    for metric in last[0].values:
        np.testing.assert_allclose(history[metric], [each.values[metric] for each in last], atol=5e-4, err_msg=metric)
