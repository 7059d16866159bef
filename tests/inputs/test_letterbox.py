"""Letterboxed pictures keep the ratio of their sides, whoever reads them, and places in them find their way back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.inputs.pictures.decoding import decode, decoder_of, fitted
from cnnsearch.inputs.pictures.letterbox import frames
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import ArrayPictures, FilePictures, PictureFile
from cnnsearch.inputs.pictures.thumbnails import thumbnail
from cnnsearch.inputs.pictures.traits import traits_of
from cnnsearch.sweep.data import with_arrays, without_arrays
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.detection.answers import BoxAnswer
from cnnsearch.tasks.detection.boxes import resized

SIDE = st.integers(1, 400)

SIZE = (48, 32)
"""Of the network, in these tests; no picture has this ratio of sides."""


def white(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> list[PictureFile]:
    """JPEG and PNG, wide, tall, large enough to be decoded at a part of their size, and smaller than the network."""
    found = []
    for name, (height, width) in {
        "a.jpg": (301, 803),
        "b.jpg": (701, 150),
        "c.png": (20, 9),
        "d.png": (90, 40),
    }.items():
        Image.fromarray(white(height, width)).save(tmp_path / name)
        found.append(PictureFile(tmp_path / name, name))
    return found


def opened(of: list[PictureFile], size: Any = None) -> FilePictures:
    return open_files(of, "auto", size, "reduced", "letterbox")[0]


@given(SIDE, SIDE, SIDE, SIDE)
def test_a_picture_fills_one_side_and_lies_in_the_middle_of_the_other(
    height: int, width: int, rows: int, columns: int
) -> None:
    found = frames(np.array([[height, width]]), (rows, columns), "letterbox")
    (inner_height, inner_width), (top, left) = found.inner[0].tolist(), found.corners[0].tolist()
    assert inner_height == rows or inner_width == columns
    assert 1 <= inner_height <= rows
    assert 1 <= inner_width <= columns
    assert 0 <= (rows - inner_height) - 2 * top <= 1
    assert 0 <= (columns - inner_width) - 2 * left <= 1
    factor = min(rows / height, columns / width)
    assert abs(inner_height - height * factor) <= 0.5 or inner_height == 1
    assert abs(inner_width - width * factor) <= 0.5 or inner_width == 1


@given(SIDE, SIDE, SIDE, SIDE, st.sampled_from(["letterbox", "stretch"]))
def test_a_box_that_is_told_of_a_resized_picture_is_that_of_the_picture(
    height: int, width: int, rows: int, columns: int, way: Any
) -> None:
    box = np.array([0.1 * width, 0.2 * height, 0.7 * width, 0.9 * height])
    row = np.array([[[*box, 2.0, 1.0], [-1, -1, -1, -1, -1, 1.0]]], np.float32)
    found = resized(row, frames(np.array([[height, width]]), (rows, columns), way))
    assert (found[0, 1, :5] == -1).all()
    told = np.array([[*found[0, 0, :4], 0.9, 2.0]])
    back = BoxAnswer(told, ("a", "b", "c")).within((height, width), (rows, columns), way)
    np.testing.assert_allclose(back.boxes[0, :4], box, atol=1e-2)
    # Its area in pixels of the picture, by which it is small or large.
    sides = found[0, 0, 2:4].astype(float) - found[0, 0, :2]
    assert sides.prod() * found[0, 0, 5] == pytest.approx(0.42 * height * width, rel=1e-2)


def test_a_picture_of_the_ratio_of_the_network_is_stretched() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (96, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fitted(picture, SIZE, "letterbox"), fitted(picture, SIZE, "stretch"))


def test_whoever_reads_a_picture_finds_it_in_the_same_place(files: list[PictureFile]) -> None:
    """Opened for the first time, read again, decoded alone, or as an array: all black but where the picture lies."""
    pictures = opened(files, SIZE)
    x = pictures.read(np.arange(len(files)), SIZE)
    lying = frames(pictures.sizes, SIZE, "letterbox")
    assert lying.inner.tolist() == [[12, 32], [48, 10], [48, 22], [48, 21]]
    for index, picture in enumerate(x):
        expected = np.zeros((*SIZE, 3), np.uint8)
        expected[lying.area(index)] = 255
        np.testing.assert_array_equal(picture, expected)
        np.testing.assert_array_equal(decode(files[index].path, 3, SIZE, None, "reduced", "letterbox"), expected)
        array = ArrayPictures(decode(files[index].path, 3)[np.newaxis], resizing="letterbox").take(np.array([0]))
        np.testing.assert_array_equal(array.read(np.array([0]), SIZE)[0], expected)
    np.testing.assert_array_equal(opened(files).read(np.arange(len(files)), SIZE), x)
    assert pictures.decoder == decoder_of("reduced", "letterbox") != decoder_of("reduced")
    np.testing.assert_array_equal(lying.blanked(np.full_like(x, 255)), x)


def test_what_is_left_over_is_no_part_of_what_a_picture_looks_like(files: list[PictureFile]) -> None:
    assert traits_of(opened(files, SIZE))["low"].tolist() == [255] * len(files)


def test_mistakes_are_shown_as_the_network_saw_them(files: list[PictureFile]) -> None:
    """Boxes are drawn over them in shares of that."""
    shown = Image.open(io.BytesIO(thumbnail(opened(files), 0, SIZE)))
    assert shown.height / shown.width == SIZE[0] / SIZE[1]
    assert np.asarray(shown)[:4].max() == 0


def test_new_data_are_letterboxed_as_those_of_training(tmp_path: Path, files: list[PictureFile]) -> None:
    rows = ["path,xmin,ymin,xmax,ymax,label", *(f"{file.name},0,0,4,8,cat" for file in files)]
    (tmp_path / "boxes.csv").write_text("\n".join(rows))
    keys: dict[str, Any] = {"source": "csv", "path": str(tmp_path / "boxes.csv")}
    source = experiment({**keys, "box_columns": ["xmin", "ymin", "xmax", "ymax"], "image_size": [*SIZE]}).dataset
    task = TASKS["detection"]
    found = load_dataset(source, task=task)
    everything = np.arange(len(files))
    arguments: dict[str, Any] = {"task": task, "source": source, "decoding": "reduced", "resizing": "letterbox"}
    x, y, *_ = load_labelled(str(tmp_path / "boxes.csv"), ("cat",), 3, SIZE, **arguments)
    np.testing.assert_array_equal(x, found.pictures.read(everything, SIZE))
    np.testing.assert_array_equal(y, found.targets.at(everything, SIZE))
    np.testing.assert_allclose(y[0, 0, :4], [0, 18, 4 * 32 / 803, 18 + 8 * 12 / 301], rtol=1e-6)


def experiment(dataset: Any, **keys: Any) -> Experiment:
    given = {"name": "a", "model": "detector", "task": "detection", "space": {"filters": 4}, "dataset": dataset}
    return Experiment(**given | keys)


def test_boxes_are_letterboxed_unless_somebody_asks_for_another_way() -> None:
    assert experiment("digit_boxes").dataset.resizing == "letterbox"
    assert experiment({"source": "digit_boxes", "resizing": "stretch"}).dataset.resizing == "stretch"
    assert experiment("digits", task="classification", model="cnn").dataset.resizing is None


def test_a_study_of_before_goes_on_with_stretched_pictures() -> None:
    with reading_a_record():
        assert experiment({"source": "digit_boxes"}).dataset.resizing == "stretch"
        assert experiment({"source": "digit_boxes", "resizing": "letterbox"}).dataset.resizing == "letterbox"


@pytest.mark.parametrize(("model", "source"), [("text_cnn", "sentences"), ("cnn", "digits")])
def test_a_study_of_before_without_boxes_is_what_its_file_makes_today(model: str, source: str) -> None:
    """So it can be read, and goes on by that file."""
    today = Experiment(name="a", model=model, dataset=source, space={"learning_rate": 0.01})
    keys = today.to_dict()
    del keys["dataset"]["resizing"]
    with reading_a_record():
        assert Experiment(**keys).dataset == today.dataset


@pytest.mark.parametrize("way", ["stretch", "letterbox"])
def test_arrays_that_are_given_again_stay_as_the_study_has_them(way: str) -> None:
    x, y = np.zeros((20, 8, 6, 1), np.uint8), np.full((20, 1, 5), -1.0)
    y[:, 0] = (0, 0, 4, 4, 0)
    begun = experiment({"source": "arrays", "x": x, "y": y, "resizing": way})
    assert with_arrays(without_arrays(begun), (x, y)).dataset.resizing == way


@pytest.mark.parametrize(
    ("task", "model", "source"), [("classification", "cnn", "digits"), ("segmentation", "unet", "digit_scenes")]
)
def test_other_tasks_refuse_it(task: str, model: str, source: str) -> None:
    with pytest.raises(InputError, match=r"dataset\.resizing.*is for boxes alone"):
        experiment({"source": source, "resizing": "letterbox"}, task=task, model=model)
