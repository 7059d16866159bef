"""What the pages show is what cnnsearch takes."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from documentation import ROOT, Example, commands, examples
from PIL import Image
from synthetic import write_study

import cnnsearch
from cnnsearch.cli.app import app
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.decoding import decode
from cnnsearch.inputs.pictures.letterbox import frames
from cnnsearch.study import Study

BASE = {"name": "name: a", "space": "space: {learning_rate: 0.1}"}
COMMANDS = typer.main.get_command(app).commands


def test_there_are_examples() -> None:
    assert len(examples("yaml")) > 20
    assert len(examples("python")) > 5
    assert len(commands()) > 60
    assert SCRIPTS


@pytest.mark.parametrize("example", examples("yaml"), ids=str)
def test_files(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_models.py").write_text("def mlp(config, shape, classes): ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    missing = [line for key, line in BASE.items() if f"\n{key}:" not in f"\n{example.text}"]
    file = tmp_path / "experiment.yaml"
    file.write_text("\n".join([example.text, *missing]))
    assert Experiment.from_yaml(file).name


@pytest.mark.parametrize("example", commands(), ids=lambda example: f"{example}-{example.text}")
def test_commands(example: Example) -> None:
    _, name, *given = shlex.split(example.text)
    parameters = COMMANDS[name].params
    options = {option: each for each in parameters for option in (*each.opts, *each.secondary_opts)}
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    count = 0
    while given:
        word = given.pop(0)
        if not word.startswith("-"):
            count += 1
        elif not options[word].is_flag:
            assert given.pop(0)
    if example.is_whole:
        assert count >= sum(each.required for each in arguments)
    if all(each.nargs == 1 for each in arguments):
        assert count <= len(arguments)


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_code_is_python(example: Example) -> None:
    ast.parse(example.text)


SCRIPTS = [example for example in examples("python") if "cnnsearch.run(" in example.text]


@pytest.mark.parametrize("example", SCRIPTS, ids=str)
def test_scripts(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the search itself, in whose place there is a study already."""
    study = write_study(tmp_path / "study")
    monkeypatch.chdir(ROOT)
    searched: list[type] = []

    def run(experiment: Experiment) -> Study:
        searched.append(type(experiment))
        return study

    monkeypatch.setitem(vars(cnnsearch), "run", run)
    monkeypatch.setattr(Study, "report", lambda *_: None)
    exec(compile(example.text, str(example), "exec"), {})
    assert searched == [Experiment] * example.text.count("cnnsearch.run(")


(IN_KERAS,) = (example for example in examples("python") if "def read_picture(" in example.text)


@pytest.fixture(scope="module")
def in_keras() -> dict[str, Any]:
    """What the page on plain Keras defines."""
    names: dict[str, Any] = {}
    exec(compile(IN_KERAS.text, str(IN_KERAS), "exec"), names)
    return names


FILES = [("png", "RGB"), ("png", "L"), ("png", "RGBA"), ("png", "LA"), ("png", "P"), ("jpg", "RGB"), ("jpg", "L")]


@pytest.mark.parametrize(("kind", "mode"), FILES)
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_picture_is_read_as_in_training(
    in_keras: dict[str, Any], kind: str, mode: str, orientation: int, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (190, 260, 4), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / f"picture.{kind}"
    Image.fromarray(noise).convert(mode).save(file, exif=exif)
    trained_on = decode(file, 3, (20, 30), decoding="reduced").astype(int)
    assert np.abs(trained_on - in_keras["read_picture"](file, 20, 30)).max() <= 1


@pytest.mark.parametrize("size", [(190, 260), (260, 41), (9, 5)])
def test_a_picture_is_letterboxed_as_in_training(size: tuple[int, int], tmp_path: Path) -> None:
    (example,) = (example for example in examples("python") if "def letterboxed(" in example.text)
    names: dict[str, Any] = {}
    exec(compile(example.text, str(example), "exec"), names)
    file = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)).save(file)
    found, corner, factors = names["letterboxed"](Image.open(file), 20, 30)
    trained_on = decode(file, 3, (20, 30), resizing="letterbox").astype(int)
    assert np.abs(trained_on - found).max() <= 1
    box = np.array([[[3.0, 4.0, 12.0, 15.0]]])
    lying = frames(np.array([size]), (20, 30), "letterbox").to_pictures(box)
    np.testing.assert_allclose((box - corner) / factors, lying)


def test_classes_are_named(in_keras: dict[str, Any], tmp_path: Path) -> None:
    class Model:
        input_shape = (None, 4, 6, 3)

        def predict(self, pictures: np.ndarray, verbose: int) -> np.ndarray:
            assert (pictures.shape, pictures.dtype, verbose) == ((1, 4, 6, 3), np.uint8, 0)
            return np.array([[0.25, 0.75]])

    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    assert in_keras["label"](Model(), ["cat", "dog"], [tmp_path / "a.png"]) == [("dog", 0.75)]
