"""The user's settings of Keras reach no trial; what they say otherwise is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnsearch import keras_settings
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.keras_settings import choose_backend, foreign_settings, tell_foreign_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of Keras, without a file."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("KERAS_BACKEND", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keras_settings, "_found", {})
    return tmp_path


def write(home: Path, **settings: object) -> None:
    (home / "keras.json").write_text(json.dumps(settings), encoding="utf-8")


def test_nothing_is_told_of_what_agrees(home: Path) -> None:
    assert foreign_settings() == []
    write(home, floatx="float32", epsilon=1e-7, backend="tensorflow", image_data_format="channels_last", other=1)
    assert foreign_settings() == []
    (home / "keras.json").write_text("{")
    assert foreign_settings() == []


def test_what_is_not_used_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(home, floatx="float16", backend="jax", image_data_format="channels_first", epsilon=0.5)
    told = [
        f"floatx float32 ({home}/keras.json says float16)",
        f"epsilon 1e-07 ({home}/keras.json says 0.5)",
        f"image_data_format channels_last ({home}/keras.json says channels_first)",
    ]
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", "1")
    of_environment = ["backend tensorflow (KERAS_BACKEND is torch)", "no KERAS_MAX_STEPS_PER_EPOCH (it is 1)"]
    choose_backend()
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert foreign_settings() == [*of_environment, *told], "also after it was overridden"
    tell_foreign_settings()
    assert [record.message for record in caplog.records] == [
        "your settings of Keras are not those of trials, which have: " + "; ".join([*of_environment, *told])
    ]


def test_the_file_names_the_backend_where_the_environment_does_not(home: Path) -> None:
    write(home, backend="torch")
    assert foreign_settings() == [f"backend tensorflow ({home}/keras.json says torch)"]


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ({"floatx": "bfloat16"}, "floatx: must be one of float16, float32, float64"),
        ({"epsilon": 1}, "epsilon: must be a number with a decimal point"),
        ({"image_data_format": "first"}, "image_data_format: must be one of channels_last, channels_first"),
    ],
)
def test_a_file_with_which_keras_cannot_be_imported_is_refused(
    home: Path, setting: dict[str, object], rule: str
) -> None:
    write(home, **setting)
    with pytest.raises(InputError) as refused:
        foreign_settings()
    assert str(refused.value).startswith(f"{home}/keras.json: {rule}, or Keras cannot be imported (got ")


def test_keras_of_another_backend_cannot_be_used_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnsearch.training.devices import import_quietly

    import_quietly()
    monkeypatch.setattr("keras.backend.backend", lambda: "torch")
    with pytest.raises(InputError, match=r"start it anew, with KERAS_BACKEND=tensorflow \(got 'torch'\)$"):
        import_quietly()


SCRIPT = """
from test_keras_settings import trial
print(*trial())
"""


def trial() -> tuple[object, ...]:
    """What it comes to, and how Keras is set after it."""
    from cnnsearch.data.dataset import load_dataset
    from cnnsearch.data.split import split_dataset
    from cnnsearch.training import TrialData, run_trial

    space = {"conv_blocks": 1, "filters": 4, "units": 4}
    experiment = Experiment(name="a", epochs=1, dataset={"source": "digits", "limit": 60}, space=space)
    dataset = load_dataset(experiment.dataset)
    data = TrialData(dataset, split_dataset(dataset, 0.2, 0.2, 0))
    models: list[Any] = []
    result = run_trial(experiment, {}, data, keep=models.append)
    import keras

    config = keras.config
    numbers = (config.floatx(), config.epsilon(), config.max_steps_per_epoch())
    formats = {layer.data_format for layer in models[0].layers if hasattr(layer, "data_format")}
    return config.backend(), config.image_data_format(), *numbers, formats, models[0].dtype, result.value, result.reason


@pytest.mark.slow
def test_a_trial_is_the_same_whatever_the_user_has_set(home: Path) -> None:
    """In a process of its own, as Keras reads its settings when it is imported."""
    write(home, floatx="float16", backend="jax", image_data_format="channels_first", epsilon=0.5)
    foreign = {"KERAS_HOME": str(home), "KERAS_BACKEND": "torch", "KERAS_MAX_STEPS_PER_EPOCH": "1"}
    environment = {**os.environ, **foreign, "PYTHONPATH": str(Path(__file__).parent), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    here = trial()
    assert done.stdout.strip() == " ".join(map(str, here)), done.stderr
    assert here[:7] == ("tensorflow", "channels_last", "float32", 1e-7, None, {"channels_last"}, "float32")
