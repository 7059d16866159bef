"""The model that a study names best, loaded where nobody has cnnsearch."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from elsewhere import predict_elsewhere

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import split_dataset
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


def test_the_best_model_gives_the_recorded_accuracy_elsewhere(small: Callable[..., Experiment], tmp_path: Path) -> None:
    fixed = {"image_size": 12, "scaling": "standardize", "batch_normalization": True}
    fixed |= {"dropout": 0.3, "l2": 1e-3, "activation": "gelu", "units": 16}
    experiment = small(
        name="export",
        epochs=4,
        objective="val_loss",
        budget={"trials": 2},
        resources={"max_concurrent": 1},
        space={"filters": {"choice": [4, 8]}, "learning_rate": {"float": [3e-3, 3e-2]}, **fixed},
    )
    study = run(experiment, tmp_path / "results")
    best = study.best
    assert best is not None
    assert best.state == "COMPLETED"

    dataset = load_dataset(experiment.dataset, None, experiment.seed)
    split = split_dataset(dataset, 0.2, 0.2, experiment.seed)
    x, y = dataset.pictures.read(split.validation, (12, 12)), dataset.targets.values[split.validation]
    assert x.dtype == np.uint8, "raw pictures: the model scales them itself"

    probabilities = predict_elsewhere(study.path / "best" / "model.keras", x, tmp_path)
    hits = int((probabilities.argmax(axis=1) == y).sum())
    assert abs(hits - best.metrics["val_accuracy"] * len(y)) < 0.5
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)

    predicted = study.predictions(best.trial)
    assert predicted is not None
    np.testing.assert_array_equal(predicted.labels, y)
    np.testing.assert_allclose(predicted.probabilities.astype(float), probabilities, atol=2e-3)
    assert os.path.getsize(study.path / "best" / "model.keras") > best.cost["model_bytes"]
    curve = study.curves[study.curves["trial"] == best.trial]
    assert best.value == curve["val_loss"].min()
