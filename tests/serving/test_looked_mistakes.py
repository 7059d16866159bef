"""Where the best model looked in its mistakes: kept beside their pictures, and shown in the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import refuse
from PIL import Image
from synthetic import environment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError
from cnnsearch.report.page import sections
from cnnsearch.serving.looked_mistakes import look_at_mistakes
from cnnsearch.study import Study
from cnnsearch.study.winner.best import MODEL

FILES = ("01-dark-as-bright.png", "02-dark-as-bright.png", "03-bright-as-dark.png")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Its model tells bright by brightness; of one mistake half is bright, of another nothing.

    Of the third, half is bright too, and what was told of its file was dark.
    """
    import keras
    from tiny import save

    study = write_study(tmp_path / "one", trials=2, described=environment(("dark", "bright")))
    best = study.best
    assert best is not None
    entry = {"true": "dark", "predicted": "bright", "probability": 0.9, "true_probability": 0.1, "picture": "1"}
    listed: dict[str, Any] = {"trial": best.trial, "run": best.run, "wrong": 3}
    listed["mistakes"] = [{"file": file, **entry} for file in FILES]
    listed["mistakes"][2] |= {"true": "bright", "predicted": "dark"}
    study.store.write("best/mistakes/mistakes.json", json.dumps(listed))
    half = np.zeros((64, 64), np.uint8)
    half[:, :32] = 255
    for file in (FILES[0], FILES[2]):
        Image.fromarray(half).save(tmp_path / "one" / "best" / "mistakes" / file)
    Image.fromarray(0 * half).save(tmp_path / "one" / "best" / "mistakes" / FILES[1])
    layers = keras.layers
    dense = layers.Dense(2)
    convolution = layers.Conv2D(1, 1, kernel_initializer="ones")
    stack = [layers.Rescaling(1 / 255), convolution, layers.GlobalAveragePooling2D(), dense, layers.Softmax()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *stack])
    dense.set_weights([np.float32([[-1.0, 1.0]]), np.float32([0.0, 1.0])])
    save(model, study.path / MODEL)
    return study


def test_what_spoke_for_the_wrong_answer_is_laid_over_it(study: Study) -> None:
    before = sections(study, ["mistakes"])["study-1-mistakes"]
    assert "looked" not in before
    assert look_at_mistakes(study) == (1, 3), "in the second nothing spoke for it, and the third gets another answer so"
    alpha = np.asarray(Image.open(study.path / "best" / "mistakes" / "01-dark-as-bright.looked.png"))[..., 3]
    assert alpha[:, :50].min() > 100
    assert alpha[:, 90:].max() == 0
    shown = sections(study, ["mistakes"])["study-1-mistakes"]
    assert shown.count('class="looked"') == 1
    told = CliRunner().invoke(app, ["report", str(study.path), "--looked"]).stderr
    assert f"{study.name}: where the network looked in 1 of 3 pictures of mistakes\n" in told
    assert "what in its last map spoke for the wrong answer (Grad-CAM)" in shown


def test_what_is_refused(study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    listed = study.store.read_json("best/mistakes/mistakes.json")
    for mistakes, rule in (
        ([{"file": FILES[0], "predicted": {"x": 1.0}}], "is for pictures of which one label is told"),
        (None, "keeps no pictures of mistakes"),
    ):
        study.store.write_json("best/mistakes/mistakes.json", {**listed, "mistakes": mistakes})
        assert rule in refuse(monkeypatch, capsys, "report", study.path, "--looked")


def test_a_picture_that_has_gone_is_told(study: Study) -> None:
    (study.path / "best" / "mistakes" / FILES[1]).unlink()
    with pytest.raises(InputError, match=f"best/mistakes/{FILES[1]}: is not there any more"):
        look_at_mistakes(study)
