"""Masks made of outlines: COCO's polygons and run lengths, and what is wrong with some."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masked import squares, write

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.raw_outlines import Outline, PictureOutlines
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.segmentation.outlines import filled

TASK = TASKS["segmentation"]
X, MASKS = squares(12, size=(8, 10))
NAMES = ("background", "low", "high")


def runs(inside: np.ndarray) -> list[int]:
    """Lengths of runs outside and inside in turn, down the columns."""
    flat = np.concatenate([[False], inside.ravel(order="F")])
    ends = np.flatnonzero(np.diff(flat, append=~flat[-1:]))
    return np.diff(ends, prepend=0).tolist()


def packed(counts: list[int]) -> str:
    """As COCO's ``rleToString`` writes them."""
    letters = []
    for at, count in enumerate(counts):
        value = count - counts[at - 2] if at > 2 else count
        more = True
        while more:
            part = value & 31
            value >>= 5
            more = value != (-1 if part & 16 else 0)
            letters.append(chr(48 + part + 32 * more))
    return "".join(letters)


def square(mask: np.ndarray) -> list[list[float]]:
    """Around all that is not 0."""
    rows, columns = np.nonzero(mask)
    left, top, right, bottom = (*map(float, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)),)
    return [[left, top, right, top, right, bottom, left, bottom]]


def shape_of(mask: np.ndarray, number: int) -> Any:
    """As a polygon, packed and plain run lengths in turn."""
    lengths = runs(mask > 0)
    return (square(mask), *({"size": [8, 10], "counts": each} for each in (packed(lengths), lengths)))[number % 3]


def document(count: int = len(X)) -> dict[str, Any]:
    images = [{"id": at, "file_name": f"{at:02d}.png", "height": 8, "width": 10} for at in range(count)]
    annotations = [
        {
            "id": at,
            "image_id": at,
            "category_id": int(mask.max()),
            "segmentation": shape_of(mask, at),
            "iscrowd": at % 2,
        }
        for at, mask in enumerate(MASKS[:count])
    ]
    categories = [{"id": 2, "name": "high"}, {"id": 1, "name": "low"}, {"id": 7, "name": "none"}]
    return {"images": images, "annotations": annotations, "categories": categories}


def loaded(folder: Path, content: Any) -> Any:
    write(folder, X, MASKS)
    (folder / "set.json").write_text(json.dumps(content))
    source = {"source": "coco", "path": str(folder / "set.json"), "images": "images"}
    made = Experiment(name="a", model="unet", task="segmentation", space={"filters": 4}, dataset=source)
    return load_dataset(made.dataset, task=TASK), made.dataset


def test_outlines_become_masks(tmp_path: Path) -> None:
    """Crowds too; a class that nothing is of is told."""
    dataset, source = loaded(tmp_path, document())
    np.testing.assert_array_equal(dataset.targets.values, MASKS)
    assert dataset.targets.names == NAMES
    assert [str(left) for left in dataset.left_out] == ["classes that no outline is of: 1 (none)"]
    # a model knows its classes by their names, in its own order
    other = ("low", "background", "high")
    _, masks, *_ = load_labelled(str(tmp_path / "set.json"), other, 1, (8, 10), task=TASK, source=source)
    np.testing.assert_array_equal(masks, np.array([1, 0, 2])[MASKS])


def test_splits_have_files_of_their_own(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        write(tmp_path / split, X, MASKS, images=".")
        (tmp_path / split / "annotations.json").write_text(json.dumps(document()))
    source = {"source": "coco", "path": str(tmp_path)}
    made = Experiment(name="a", model="unet", task="segmentation", space={"filters": 4}, dataset=source)
    assert np.unique(load_dataset(made.dataset, task=TASK).given).tolist() == ["train", "validation"]


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_run_lengths_are_unpacked(seed: int, height: int, width: int) -> None:
    inside = np.random.default_rng(seed).random((height, width)) < 0.5
    shape = {"size": [height, width], "counts": packed(runs(inside))}
    found = filled(PictureOutlines((height, width), (Outline("a", shape, ""),)), ("background", "a"))
    np.testing.assert_array_equal(found, inside)


def test_a_packed_text_of_cocos_tools_is_read() -> None:
    """Written by pycocotools 2.0.11."""
    expected = np.zeros((9, 7), bool)
    expected[1:8, 1:3] = expected[2:4, 4:7] = expected[6, 5] = True
    shape = {"size": [9, 7], "counts": ":720:KK0KO211"}
    found = filled(PictureOutlines((9, 7), (Outline("a", shape, ""),)), ("background", "a"))
    np.testing.assert_array_equal(found, expected)


def test_pixels_are_inside_whose_centre_is_and_the_smaller_outline_is_seen() -> None:
    """Whatever reaches beyond the picture is cut off."""
    triangle = Outline("a", [[0, 0, 6, 0, 0, 6]], "")
    small = Outline("b", [[1, 1, 2.6, 1, 2.6, 2.4, 1, 2.4]], "")
    around = Outline("c", [[-5, 3.2, 20, 3.2, 20, 20, -5, 20], [5, -9, 9, -9, 9, 1, 5, 1]], "")
    found = filled(PictureOutlines((6, 6), (small, triangle, around)), ("background", "a", "b", "c"))
    expected = ["111113", "122100", "111000", "113333", "133333", "333333"]
    assert ["".join(map(str, row)) for row in found.tolist()] == expected


def test_many_small_outlines_take_little_memory() -> None:
    """In an aerial picture there may be thousands."""
    corners = np.random.default_rng(0).integers(0, 995, (200, 2)).tolist()
    squared = [[[x, y, x + 4, y, x + 4, y + 4, x, y + 4]] for x, y in corners]
    runs_of_one = {"size": [1000, 1000], "counts": [5, 3, 10**6 - 8]}
    outlines = [Outline("a", shape, "") for shape in (*squared, *[runs_of_one] * 20)]
    tracemalloc.start()
    found = filled(PictureOutlines((1000, 1000), tuple(outlines)), ("background", "a"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25e6
    assert found[5:8, 0].tolist() == [1, 1, 1]
    assert all(found[y : y + 4, x : x + 4].all() for x, y in corners)


def changed(**entry: Any) -> Callable[[dict[str, Any]], None]:
    """The fourth annotation says something else."""
    return lambda content: content["annotations"][3].update(entry)


def without_size(content: dict[str, Any]) -> None:
    del content["images"][3]["width"]


def other_size(content: dict[str, Any]) -> None:
    content["images"][3] |= {"height": 10, "width": 8}
    content["annotations"][3]["segmentation"] = square(MASKS[0])


BAD: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a box alone": (
        changed(segmentation=[], bbox=[1, 1, 2, 2]),
        "dataset.path: set.json, annotation 3: it has no segmentation, .*boxes alone are for task: detection",
    ),
    "two points": (changed(segmentation=[[1, 1, 2, 2]]), r"annotation 3: its segmentation must be a list of polygons"),
    "a number without its pair": (changed(segmentation=[[1, 1, 2, 2, 3, 3, 4]]), "must be a list of polygons"),
    "points that are no numbers": (changed(segmentation=[[1, 1, 2, 2, 3, float("nan")]]), "must be a list of polygons"),
    "runs of another picture": (
        changed(segmentation={"size": [10, 8], "counts": [80]}),
        r"annotation 3: its run lengths must be of the size of the picture, \[8, 10\], and are of \[10, 8\]",
    ),
    "runs that end too early": (
        changed(segmentation={"size": [8, 10], "counts": [40, 39]}),
        "annotation 3: its run lengths must add up to the pixels of the picture, 80, and are 79",
    ),
    "runs of no length": (changed(segmentation={"size": [8, 10], "counts": [90, -10]}), "whole numbers from 0 on"),
    "a text that is cut": (changed(segmentation={"size": [8, 10], "counts": "`"}), "or a text as COCO's own tools"),
    "no such category": (changed(category_id=9), "annotation 3: its category_id 9 is none of the file's categories"),
    "no such picture": (changed(image_id=99), "annotation 3: its image_id 99 is none of the file's images"),
    "a picture without a size": (without_size, "the picture '03.png' must have height and width among 'images'"),
    "a picture of another size": (
        other_size,
        r"the mask of .*03.png must have the size of its picture, 8 x 10.*10 x 8",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_outlines_are_told(case: str, tmp_path: Path) -> None:
    spoil, message = BAD[case]
    content = document()
    spoil(content)
    with pytest.raises(InputError, match=message):
        loaded(tmp_path, content)


def test_a_class_that_the_model_does_not_know_is_told(tmp_path: Path) -> None:
    _, source = loaded(tmp_path, document())
    with pytest.raises(InputError, match="annotation 0: its category 'low' is none of the classes: background, high"):
        load_labelled(str(tmp_path / "set.json"), ("background", "high"), 1, (8, 10), task=TASK, source=source)


def test_a_model_without_a_background_is_told(tmp_path: Path) -> None:
    _, source = loaded(tmp_path, document())
    with pytest.raises(
        InputError, match="pixels in no outline are of the class 'background', which the model does not"
    ):
        load_labelled(str(tmp_path / "set.json"), ("low", "high"), 1, (8, 10), task=TASK, source=source)


def test_boxes_alone_are_for_detection_and_outlines_for_both() -> None:
    keys = {"name": "a", "model": "unet", "task": "segmentation", "space": {"filters": 4}}
    assert Experiment(**keys, dataset={"source": "coco", "path": "a.json"}).dataset
    with pytest.raises(InputError, match="brings boxes, which task 'segmentation' does not read"):
        Experiment(**keys, dataset={"source": "voc", "path": "a"})
    with pytest.raises(InputError, match="brings boxes, which task 'classification' does not read"):
        Experiment(**keys | {"task": "classification", "model": "cnn"}, dataset={"source": "coco", "path": "a.json"})
