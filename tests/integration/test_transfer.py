"""Transfer learning from files to studies: a backbone of one's own, prefixes computed once, the exported model."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elsewhere import predict_elsewhere
from PIL import Image

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.run import run
from cnnsearch.training import TrialData, run_trial

pytestmark = pytest.mark.slow

SPACES = Path(__file__).parents[2] / "search_spaces"

FIRST: dict[str, Any] = {
    "final": "keep",
    "epochs": 3,
    "budget.trials": 1,
    "scheduler": "none",
    "space.convs_per_block": 1,
    "space.filters": 8,
    "space.batch_normalization": True,
    "space.learning_rate": 0.01,
    "dataset.limit": 400,
    "resources.max_concurrent": 1,
}
"""What makes the first step short."""

SECOND: dict[str, Any] = {
    "final": "keep",
    "epochs": 4,
    "sampler": "grid",
    "scheduler": "none",
    "budget.trials": 6,
    "resources.max_concurrent": 1,
    "space.unfrozen_layers": {"choice": [0, 4]},
    "space.pooling": "average",
    "space.learning_rate": 0.02,
    "space.dropout": 0.1,
}
"""Six trials of three heads, which share two prefixes."""


@pytest.fixture(scope="module")
def studies(ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:  # noqa: ARG001
    """Both steps of a backbone of one's own, by their files."""
    results = tmp_path_factory.mktemp("results")
    first = run(Experiment.from_yaml(SPACES / "digits_first_half.yaml", FIRST), results)
    return first, run(Experiment.from_yaml(SPACES / "transfer_digits.yaml", SECOND), results)


def test_the_second_step_starts_from_the_best_network_of_the_first(studies: tuple[Study, Study]) -> None:
    first, second = studies
    assert second.counts["COMPLETED"] == 6
    assert second.experiment.space.to_dict()["weights"] == f"study:{first.path}"
    assert list(second.environment["weights"]) == [str(first.path / "best" / "model.keras")]
    assert second.best is not None
    assert second.best.value > 0.4, "of five digits"


def test_each_prefix_is_computed_once(studies: tuple[Study, Study]) -> None:
    _, second = studies
    features = [use for use in second.stages if use["stage"] == "features"]
    assert len(features) == 2
    assert [use["misses"] for use in features] == [1, 1]
    assert [use["hits"] for use in features] == [0, 0], "the worker keeps them"
    assert all(use["bytes"] > 0 and use["seconds"] > 0.0 for use in features)
    used = {record.config["unfrozen_layers"]: set(record.features) for record in second.records}
    assert used[0] | used[4] == {use["name"] for use in features}
    assert used[0].isdisjoint(used[4])
    for record in second.records:
        assert set(record.features) == used[record.config["unfrozen_layers"]]
        assert record.cost["saved_seconds"] > 0.0
        assert record.cost["features_seconds"] >= 0.0


def test_the_exported_model_predicts_the_recorded_classes_where_nobody_has_cnnsearch(
    studies: tuple[Study, Study], tmp_path: Path
) -> None:
    _, second = studies
    assert second.best is not None
    dataset, split = load_data(second.experiment)
    pictures = dataset.pictures.read(split.validation, None)
    assert pictures.dtype == np.uint8
    probabilities = predict_elsewhere(second.path / "best" / "model.keras", pictures, tmp_path)
    predicted = second.predictions(second.best.trial)
    assert predicted is not None
    labels, recorded = predicted.labels, predicted.probabilities
    np.testing.assert_array_equal(labels, dataset.targets.values[split.validation])
    top = np.sort(recorded.astype(float), axis=1)
    clear = top[:, -1] - top[:, -2] > 2e-3  # what is recorded is rounded to three digits
    np.testing.assert_array_equal(probabilities.argmax(axis=1)[clear], recorded.argmax(axis=1)[clear])
    assert clear.sum() >= len(labels) - 2
    np.testing.assert_allclose(probabilities, recorded.astype(float), atol=2e-3)


def test_weights_that_are_missing_are_told_before_there_is_a_study(ray_session: None, tmp_path: Path) -> None:  # noqa: ARG001
    with pytest.raises(InputError, match=r"space\.weights: .*no study"):
        run(Experiment.from_yaml(SPACES / "transfer_digits.yaml"), tmp_path)
    experiment = Experiment.from_yaml(SPACES / "transfer_digits.yaml", {"space.weights": str(tmp_path / "no.keras")})
    with pytest.raises(InputError, match=r"space\.weights: must name weights that are there: no such file"):
        run(experiment, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each of two classes, with ten pictures of several sizes: one class is brighter below."""
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for name in ("above", "below"):
        (folder / name).mkdir()
        for number in range(10):
            pixels = rng.integers(0, 120, (40 + number, 60, 3), dtype=np.uint8)
            pixels[20:] += 120 * (name == "below")
            pixels[:20] += 120 * (name == "above")
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.mark.parametrize(
    ("file", "config", "epochs"),
    [
        ("transfer_mobilenet", {}, 2),
        ("transfer_fine_tune", {"unfrozen_layers": 6, "fine_tune_epochs": 1}, 2),
        ("transfer_backbones", {"backbone": "mobilenet", "head": "logistic_regression"}, 1),
    ],
)
def test_the_files_for_photographs_run(file: str, config: dict[str, Any], epochs: int, photographs: Path) -> None:
    """In short, from random weights, on small pictures: without Ray."""
    short = {
        "dataset.path": str(photographs),
        "dataset.image_size": 32,
        "epochs": 2,
        "space.weights": "none",
        **({"space.fine_tune_epochs": {"choice": [1, 2]}} if file == "transfer_fine_tune" else {}),
    }
    experiment = Experiment.from_yaml(SPACES / f"{file}.yaml", short)
    drawn = {**experiment.space.sample(np.random.default_rng(0)), **config}
    if drawn.get("head") == "logistic_regression":
        drawn = {name: value for name, value in drawn.items() if name not in ("learning_rate", "dropout")}
        drawn.setdefault("regularization_c", 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        result = run_trial(experiment, drawn, TrialData(*load_data(experiment)))
    assert result.state == "COMPLETED", result.reason
    assert len(result.epochs) == epochs
    assert len(result.features) == (2 if file == "transfer_fine_tune" else 1)
