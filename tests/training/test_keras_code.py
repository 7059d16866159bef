"""The Keras code of trials, run: it has the trial's network and trains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_study
from tiny import CLASSES, PIXELS, SCALING, experiment, filled, structure

from cnnsearch.training.trainer import Trainer

CONFIGS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "plain": ("cnn", {"dropout": 0.1, "l2": 1e-4, "learning_rate": 0.02}, {}),
    "every kind of setting": (
        "cnn",
        {
            "conv_blocks": 2,
            "convs_per_block": 2,
            "batch_normalization": True,
            "kernel_size": 2,
            "strides": 1,
            "pooling": "average",
            "activation": "selu",
            "dense_layers": 0,
            "optimizer": "sgd",
            "learning_rate": 0.05,
            "learning_rate_schedule": "step",
            "decay_epochs": 1,
            "weight_decay": 1e-3,
            "label_smoothing": 0.1,
            "class_weights": "balanced",
            "scaling": "standardize",
            "random_flip": "both",
            "random_rotation": 0.05,
            "random_translation": 0.05,
            "random_zoom": 0.05,
            "random_shear": 0.05,
            "random_brightness": 0.05,
            "random_contrast": 0.05,
            "fill_mode": "nearest",
        },
        {"early_stopping": {"patience": 2}, "objective": "val_loss"},
    ),
    "two phases": (
        "transfer",
        {"fine_tune_epochs": 1, "head_layers": 1, "head_units": 9, "dropout": 0.1, "learning_rate_schedule": "cosine"},
        {},
    ),
    "fitted head": ("transfer", {"head": "logistic_regression", "unfrozen_layers": 0}, {}),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_code_builds_the_trials_network_and_trains_it(name: str, tmp_path: Path) -> None:
    family, space, keys = CONFIGS[name]
    searched = experiment(space, family, **keys)
    described = environment([f"class {index}" for index in range(CLASSES)], shape=[6, 6], channels=2, dtype="uint8")
    trial = SyntheticTrial(
        "COMPLETED", (0.9,), {key: value for key, value in filled(searched).items() if key in searched.space}
    )
    text = write_study(tmp_path / "study", searched, [trial], described, predictions=0).code(0)
    script: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "script.py", "exec"), script)
    model, history = script["train"](PIXELS.x_train, PIXELS.y_train, PIXELS.x_validation, PIXELS.y_validation)
    assert model.count_params() == structure(searched).build(filled(searched)).count_params()
    logits = model.predict(PIXELS.x_validation, verbose=0)
    assert logits.shape == (len(PIXELS.y_validation), CLASSES)
    assert np.isfinite(logits).all()
    if history is None:
        epoch = Trainer(searched, filled(searched), PIXELS, SCALING, seed=1000).run_epoch()
        assert (logits.argmax(axis=1) == PIXELS.y_validation).mean() == pytest.approx(epoch.val_accuracy, abs=0.02)
    else:
        assert len(history.history["val_loss"]) == (1 if name == "two phases" else 3)
        if name == "plain":
            assert history.history["loss"][-1] < history.history["loss"][0]
