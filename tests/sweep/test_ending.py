"""What follows the last trial may fail, and costs neither the study nor the other steps."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import StorageError
from cnnsearch.escaping import printable
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import PictureFile
from cnnsearch.study import Study
from cnnsearch.sweep import ending
from cnnsearch.tasks.classification.targets import ClassTargets

CLASSES = ("cat", os.fsdecode(b"d\xf6g"))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Its best model is wrong on two of ten validation pictures."""
    described = environment(classes=CLASSES, validation=10)
    return write_study(tmp_path / "one", digits_experiment(), [SyntheticTrial("COMPLETED", (0.8,))], described)


@pytest.fixture
def data(tmp_path: Path) -> tuple[Dataset, Split]:
    """Ten picture files whose names are no UTF-8, and would turn a terminal red."""
    files = []
    for number in range(10):
        path = tmp_path / CLASSES[number % 2] / os.fsdecode(b"caf\xe9\x1b[31m%d.png" % number)
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8), number, np.uint8)).save(path)
        files.append(PictureFile(path, "/".join(("val", *path.parts[-2:]))))
    pictures, _, _ = open_files(files, "auto", None)
    nothing = np.zeros(0, np.int64)
    labels = np.repeat(np.arange(2, dtype=np.int32), 5)
    return Dataset(pictures, ClassTargets(labels, CLASSES), None, (), ""), Split(nothing, np.arange(10), nothing)


def test_names_of_any_bytes_come_to_the_report(study: Study, data: tuple[Dataset, Split]) -> None:
    ending.end_study(study, *data)
    assert study.unfinished == []
    listed = json.loads((study.path / "best" / "mistakes" / "mistakes.json").read_text(encoding="utf-8"))
    pictures = [mistake["picture"] for mistake in listed["mistakes"]]
    named = {data[0].pictures.name(index) for index in range(10)}
    assert len(pictures) == listed["wrong"] == 2
    assert set(pictures) <= named, "with its split, as everywhere"
    page = (study.path / "report.html").read_text(encoding="utf-8")
    assert all(printable(picture) in page for picture in pictures)
    embedded = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert not [text for text in embedded if r"\udc" in text]
    assert any(r"d\\xf6g" in text for text in embedded)


def broken(*_: object) -> None:
    raise ZeroDivisionError("float division by zero")


def full(*_: object) -> None:
    raise StorageError("cannot write best/mistakes: No space left on device")


def test_a_step_that_fails_is_told_and_the_others_go_on(
    study: Study, data: tuple[Dataset, Split], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ending, "save_mistakes", full)
    ending.end_study(study, *data)
    assert (study.path / "report.html").exists()
    assert study.unfinished == [record.message for record in caplog.records]
    assert study.unfinished == [
        "the pictures of the best model's mistakes, or with suspicious labels, could not be kept (cannot write "
        "best/mistakes: No space left on device); the sweep itself is not affected"
    ]


def test_without_a_report_it_is_told_how_to_get_one(
    study: Study, data: tuple[Dataset, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnsearch.report.write_report", broken)
    ending.end_study(study, *data)
    assert (study.path / "best" / "mistakes" / "mistakes.json").exists()
    assert study.unfinished == [
        "the report could not be written (ZeroDivisionError: float division by zero); the sweep itself is not "
        f"affected; to write it: cnnsearch report {study.path}"
    ]
