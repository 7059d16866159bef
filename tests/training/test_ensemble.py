"""One model whose outputs are the mean of those of several."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import task_examples as examples
import tiny

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer.saved import saved_network
from cnnsearch.serving.prediction import evaluate_file
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import aim_of
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.ensemble import ensemble_of, latency_of, telling_layer
from cnnsearch.training.model_file import INPUT, save_model

SHAPE = (4, 4, 1)
PICTURES = np.random.default_rng(0).integers(0, 255, (5, *SHAPE)).astype(np.float32)


def told(task: TaskSpec, seed: int, shape: tuple[int, ...] = SHAPE) -> object:
    """What a family exports: pictures at rest to what the task tells."""
    import keras

    targets = task.read(examples.EXAMPLES[task.name]).targets
    config = {**{name: spec.default for name, spec in task.parameters.items()}}
    pictures = keras.Input(shape, name=INPUT)
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pictures))
    initial = keras.initializers.RandomNormal(seed=seed)
    given = (*targets.outputs.places, targets.outputs.width)
    outputs = keras.layers.Dense(math.prod(given), kernel_initializer=initial, name="head_logits")(flat)
    outputs = keras.layers.Reshape(given)(outputs) if len(given) > 1 else outputs
    return keras.Model(pictures, task.head(targets.outputs, config).exported(outputs), name="network")


AVERAGED = [task for task in TASKS.values() if task.needs != "boxes"]
"""Of boxes there is no mean."""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves a model
@pytest.mark.parametrize("task", AVERAGED, ids=lambda task: task.name)
def test_it_tells_the_mean_and_is_read_by_keras_alone(task: TaskSpec, tmp_path: Path) -> None:
    import keras

    members = [told(task, seed) for seed in range(3)]
    save_model(ensemble_of(members), tmp_path / "model.keras")  # type: ignore[arg-type]
    loaded = keras.models.load_model(tmp_path / "model.keras")
    each = [np.asarray(member(PICTURES)) for member in members]  # type: ignore[operator]
    assert (each[0] != each[1]).any()
    assert loaded.outputs[0].dtype == each[0].dtype.name
    np.testing.assert_allclose(loaded(PICTURES), np.mean(each, axis=0), rtol=1e-6)
    assert telling_layer(loaded).name == task.output
    assert loaded.count_params() == 3 * members[0].count_params()  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("task", AVERAGED, ids=lambda task: task.name)
def test_its_file_is_judged_as_any_other(task: TaskSpec, tmp_path: Path) -> None:
    """The mean of the same network twice is that network."""
    ((_, labels),) = examples.EXAMPLES[task.name].parts
    x, targets = tiny.pictures(examples.COUNT, 0)[0], task.read(examples.EXAMPLES[task.name]).targets
    model = "cnn" if task.needs == "vector" else "unet"
    experiment = tiny.experiment({"batch_size": 16}, model, task=task.name, dataset=(x, labels))
    metrics = {aim_of(name): 0.5 for name in task.decisions(targets.names)}
    known = experiment, tiny.filled(experiment), targets.names, metrics
    one = [told(task, 0, x.shape[1:]) for _ in range(2)]
    save_model(ensemble_of(one), tmp_path / "two.keras")  # type: ignore[arg-type]
    save_model(one[0], tmp_path / "one.keras")  # type: ignore[arg-type]
    two, alone = (evaluate_file(tmp_path / f"{name}.keras", x, targets.values, *known) for name in ("two", "one"))
    assert two.scores.keys() == alone.scores.keys()
    for name, score in alone.scores.items():
        assert two.scores[name] == pytest.approx(score, rel=1e-4), name


def test_its_time_is_measured() -> None:
    latency = latency_of(ensemble_of([told(TASKS["classification"], seed) for seed in range(2)]))  # type: ignore[misc]
    assert 0 < latency.low <= latency.seconds <= latency.high


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_it_is_no_backbone(tmp_path: Path) -> None:
    save_model(ensemble_of([told(TASKS["classification"], seed) for seed in range(2)]), tmp_path / "m.keras")  # type: ignore[misc]
    with pytest.raises(TrialError, match=r"m\.keras is an ensemble, the mean of several networks, and no backbone"):
        saved_network(str(tmp_path / "m.keras"), SHAPE)


def test_members_of_other_pictures_are_refused() -> None:
    task = TASKS["classification"]
    with pytest.raises(TrialError, match="must take and tell the same"):
        ensemble_of([told(task, 0), told(task, 0, (5, 5, 1))])  # type: ignore[list-item]
