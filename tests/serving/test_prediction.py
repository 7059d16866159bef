"""The best model on new pictures: in the values that it was trained on, or not at all."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from synthetic import digits_experiment, environment, write_study

from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.serving.exported import export_best
from cnnsearch.serving.prediction import Predictor
from cnnsearch.training.model_file import INPUT, SCALING

LEVELS = {"dark": 60, "bright": 200}
FORMS = {"uint8": np.uint8([0, 255]), "float -1..1": np.float32([-1, 1])}
"""Black and white, as a model was trained on them."""


@pytest.fixture
def predictor(tmp_path: Path) -> Any:
    """Makes the model of a study that says bright where the mean is nearer to white, and is sure of it."""
    import keras
    from tiny import save

    def make(ends: np.ndarray, channels: int = 3, **dataset: Any) -> Predictor:
        low, high = (float(end) for end in ends)
        described = environment(
            ("dark", "bright"), values=ValueRange.of(ends.dtype, [ends]).to_dict(), channels=channels
        )
        keys = {"dataset": dataset} if dataset else {}
        study = write_study(tmp_path / "study", digits_experiment(**keys), trials=2, described=described)
        layers = keras.layers
        head = layers.Dense(2, activation="softmax")
        scaled = layers.Rescaling(1 / (high - low), -low / (high - low))
        model = keras.Sequential([keras.Input((8, 8, channels)), scaled, layers.GlobalAveragePooling2D(), head])
        rows = np.tile([[-50.0, 50.0]], (channels, 1)) / channels
        head.set_weights([rows, np.array([25.0, -25.0])])
        (study.path / "best").mkdir()
        save(model, study.path / "best" / "model.keras")
        return Predictor(study)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dark and a bright picture, by their classes."""
    for name, level in LEVELS.items():
        (tmp_path / "new" / name).mkdir(parents=True)
        Image.new("RGB", (9, 7), (level, level, level)).save(tmp_path / "new" / name / "1.png")
    return tmp_path / "new"


@pytest.mark.parametrize("form", FORMS)
def test_files_and_arrays_of_8_bits_are_what_the_model_was_trained_on(
    form: str, predictor: Any, folder: Path, tmp_path: Path
) -> None:
    made = predictor(FORMS[form])
    for name in LEVELS:
        assert made.predict(folder / name / "1.png").answer.ranked[0][0] == name
    assert made.evaluate(str(folder)).scores["accuracy"] == 1.0
    x = np.stack([np.full((8, 8, 3), level) for level in LEVELS.values()])
    for scaled in (x.astype(np.uint8), x / 255, x / 127.5 - 1):
        np.savez(tmp_path / "new.npz", x=scaled, y=list(LEVELS))
        assert made.evaluate(str(tmp_path / "new.npz")).scores["accuracy"] == 1.0


def test_what_cannot_be_told_is_refused_and_both_ranges_are_named(predictor: Any, folder: Path) -> None:
    made = predictor(np.uint16([0, 4095]))
    with pytest.raises(
        InputError, match=r"1\.png: the model was trained on uint16 from 0 to 4095, .* uint8 from 0 to 255"
    ):
        made.predict(folder / "dark" / "1.png")
    Image.fromarray(np.full((8, 8), 4000, np.uint16)).save(folder / "wide.png")
    assert made.predict(folder / "wide.png").answer.ranked[0][0] == "bright"


def test_one_bad_picture_does_not_stop_the_others(predictor: Any, folder: Path) -> None:
    bad = folder / "bright" / "2.png"
    bad.write_text("no picture")
    paths = [folder / "bright" / "1.png", bad, folder / "dark" / "1.png"]
    first, problem, last = predictor(FORMS["uint8"]).predict_all(paths)
    assert (first.answer.ranked[0][0], last.answer.ranked[0][0]) == ("bright", "dark")
    assert problem == Problem(str(bad), "not a picture")


def test_a_model_of_four_channels_takes_files_of_four(predictor: Any, folder: Path, tmp_path: Path) -> None:
    import tifffile

    made = predictor(FORMS["uint8"], channels=4)
    tifffile.imwrite(
        tmp_path / "4.tif", np.full((8, 8, 4), 200, np.uint8), photometric="minisblack", planarconfig="contig"
    )
    problem, labelled = made.predict_all([folder / "dark" / "1.png", tmp_path / "4.tif"])
    assert problem == Problem(str(folder / "dark" / "1.png"), "has 3 channels, and 4 are needed")
    assert labelled.answer.ranked[0][0] == "bright"
    with pytest.raises(InputError, match=r"none of the pictures can be read: bright/1\.png: has 3 channels, and 4 are"):
        made.evaluate(str(folder))
    np.savez(tmp_path / "new.npz", x=np.full((1, 8, 8, 4), 200, np.uint8), y=["bright"])
    assert made.evaluate(str(tmp_path / "new.npz")).scores["accuracy"] == 1.0


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32])
def test_files_of_other_numbers_are_those_of_training_or_refused(
    dtype: type, predictor: Any, folder: Path, tmp_path: Path
) -> None:
    import tifffile

    made = predictor(np.array([-1000, 1000], dtype))
    for name, level in (("dark", -500), ("bright", 500)):
        tifffile.imwrite(tmp_path / f"{name}.tif", np.full((8, 8), level, dtype))
        assert made.predict(tmp_path / f"{name}.tif").answer.ranked[0][0] == name
    trained = re.escape(f"{np.dtype(dtype)} from -1000 to 1000")
    with pytest.raises(InputError, match=f"trained on {trained}, and these pictures are uint8 from 0 to 255"):
        made.predict(folder / "dark" / "1.png")


def test_a_table_may_have_the_columns_of_the_study(predictor: Any, folder: Path) -> None:
    (folder / "list.csv").write_text("file,kind\ndark/1.png,dark\nbright/1.png,bright\n")
    made = predictor(FORMS["uint8"], source="csv", path="gone.csv", path_column="file", label_column="kind")
    assert made.evaluate(str(folder / "list.csv")).count == 2


def test_no_code_of_a_stranger_is_imported_to_build_a_model_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    study = write_study(tmp_path / "study", digits_experiment(model="antigravity:fly", space={"width": 3}), 2)
    (study.path / "best").mkdir()
    given = [{"args": [{"config": {"shape": [None, 2]}}]}]
    layers = [
        {"name": INPUT, "config": {"batch_shape": [None, 8, 8, 1]}},
        {"name": SCALING, "config": {"scale": 1.0, "offset": 0.0}},
        {"name": "probabilities", "inbound_nodes": given},
    ]
    with zipfile.ZipFile(study.path / "best" / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
    with pytest.raises(InputError, match="model: would import and run antigravity:fly"):
        Predictor(study)
    with pytest.raises(InputError, match="if you trust it: --trust"):
        export_best(study, tmp_path / "model.tflite")
    assert "antigravity" not in sys.modules
