"""Boxes as sources bring them: COCO, Pascal VOC, YOLO, tables and arrays; and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.detection.answers import BoxAnswer
from cnnsearch.tasks.detection.targets import make

TASK = TASKS["detection"]

COUNT, HEIGHT, WIDTH = 6, 20, 40

BOXES: list[list[tuple[int, int, int, int, str]]] = [
    [(1, 2, 11, 12, "cat")] + [(20, 5, 40, 20, "dog")] * (at % 2) if at != 3 else [] for at in range(COUNT)
]
"""Left, top, right, bottom and class; the fourth picture has none."""


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(COUNT):
        pixels = np.random.default_rng(at).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{at}.png")
    return folder


def coco(root: Path, **changes: Any) -> dict[str, Any]:
    pictures(root)
    content = coco_content() | changes
    (root / "boxes.json").write_text(json.dumps(content))
    return {"source": "coco", "path": str(root)}


def coco_content() -> dict[str, Any]:
    kinds = {"cat": 7, "dog": 9}
    annotations = [
        {"id": 100 * at + row, "image_id": at, "category_id": kinds[name], "bbox": [x, y, right - x, bottom - y]}
        for at, of in enumerate(BOXES)
        for row, (x, y, right, bottom, name) in enumerate(of)
    ]
    crowd = {"id": 999, "image_id": 0, "category_id": 9, "bbox": [0, 0, 40, 20], "iscrowd": 1}
    return {
        "images": [{"id": at, "file_name": f"{at}.png", "height": HEIGHT, "width": WIDTH} for at in range(COUNT)],
        "annotations": [*annotations, crowd],
        "categories": [{"id": 9, "name": "dog"}, {"id": 7, "name": "cat"}, {"id": 11, "name": "emu"}],
    }


def voc(root: Path) -> dict[str, Any]:
    pictures(root / "JPEGImages")
    (root / "Annotations").mkdir()
    for at, of in enumerate(BOXES):
        objects = "".join(
            f"<object><name>{name}</name><bndbox><xmin>{x + 1}</xmin><ymin>{y + 1}</ymin><xmax>{right}</xmax>"
            f"<ymax>{bottom}</ymax></bndbox></object>"
            for x, y, right, bottom, name in of
        )
        size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
        (root / "Annotations" / f"{at}.xml").write_text(f"<annotation>{size}{objects}</annotation>")
    return {"source": "voc", "path": str(root)}


def yolo(root: Path) -> dict[str, Any]:
    pictures(root / "images")
    (root / "labels").mkdir()
    (root / "data.yaml").write_text("names: {0: cat, 1: dog}\n")
    for at, of in enumerate(BOXES):
        if not of:
            continue  # as pictures without boxes often have no file
        lines = [
            f"{['cat', 'dog'].index(name)} {(x + right) / 80} {(y + bottom) / 40} {(right - x) / 40} "
            f"{(bottom - y) / 20}"
            for x, y, right, bottom, name in of
        ]
        (root / "labels" / f"{at}.txt").write_text("\n".join(lines))
    return {"source": "yolo", "path": str(root)}


def table(root: Path) -> dict[str, Any]:
    pictures(root)
    rows = ["path,xmin,ymin,xmax,ymax,label"]
    for at, of in enumerate(BOXES):
        rows += [f"{at}.png,{x},{y},{right},{bottom},{name}" for x, y, right, bottom, name in of]
        rows += [] if of else [f"{at}.png,,,,,"]
    (root / "boxes.csv").write_text("\n".join(rows))
    return {"source": "csv", "path": str(root / "boxes.csv"), "box_columns": ["xmin", "ymin", "xmax", "ymax"]}


SOURCES: dict[str, Callable[[Path], dict[str, Any]]] = {"coco": coco, "voc": voc, "yolo": yolo, "table": table}


def searched(dataset: Any, **keys: Any) -> Experiment:
    given = {"name": "a", "model": "detector", "task": "detection", "space": {"filters": 4}, "dataset": dataset}
    return Experiment(**given | keys)


def loaded(dataset: Any) -> Dataset:
    return load_dataset(searched(dataset).dataset, task=TASK)


def wrong_with(dataset: Any) -> str:
    with pytest.raises(InputError) as caught:
        loaded(dataset)
    return str(caught.value)


@pytest.mark.parametrize("kind", SOURCES)
def test_boxes_of_files(kind: str, tmp_path: Path) -> None:
    """The same pictures give the same boxes, whatever they are written in."""
    given = SOURCES[kind](tmp_path / "data")
    found = loaded(given)
    targets = found.targets
    assert targets.names == (("dog", "cat") if kind == "coco" else ("cat", "dog"))[:: -1 if kind == "coco" else 1]
    for picture, of in enumerate(BOXES):
        rows = targets.values[picture]
        assert [(*row[:4], targets.names[int(row[4])]) for row in rows.tolist() if row[4] >= 0] == of
    assert targets.values.shape == (COUNT, 2, 6)
    letterboxed, stretched = (
        loaded({**given, "resizing": way}).targets.at(np.array([1]), (10, 40))[0] for way in ("letterbox", "stretch")
    )
    np.testing.assert_array_equal(letterboxed[1], [20, 2.5, 30, 10, 1, 4.0])
    np.testing.assert_array_equal(stretched[1], [20, 2.5, 40, 10, 1, 2.0])
    assert targets.told(3) == "no box"
    path = given["path"]
    x, y, *_ = load_labelled(path, targets.names, 3, (HEIGHT, WIDTH), task=TASK, source=searched(given).dataset)
    np.testing.assert_array_equal(y, targets.values)
    assert x.shape == (COUNT, HEIGHT, WIDTH, 3)


def test_what_coco_has_besides_is_told(tmp_path: Path) -> None:
    found = loaded(coco(tmp_path))
    assert {each.kind: each.count for each in found.left_out} == {"classes that no box is of": 1}
    assert found.notes == (
        "1 box is a crowd, which no box has to find, and in which none is wrong: boxes.json, annotation 999",
    )


def test_a_crowd_moves_with_its_picture_and_is_no_object(tmp_path: Path) -> None:
    targets = loaded(coco(tmp_path)).targets
    np.testing.assert_array_equal(targets.values[0, 1], [0, 0, 40, 20, -3, 1])
    np.testing.assert_array_equal(targets.at(np.array([0]), (10, 40))[0, 1], [10, 0, 30, 10, -3, 4])
    assert (targets.boxes[0].tolist(), targets.told(0)) == ([1, 0], "cat")


def test_a_picture_of_a_crowd_alone_is_not_said_to_have_nothing(tmp_path: Path) -> None:
    content = coco_content()
    content["annotations"][-1]["image_id"] = 3
    targets = loaded(coco(tmp_path, annotations=content["annotations"])).targets
    assert targets.boxes[3].sum() == 0
    assert "notes" not in targets.describe({"train": np.arange(COUNT)})


def test_a_class_of_which_there_are_crowds_alone_is_none(tmp_path: Path) -> None:
    content = coco_content()
    content["annotations"][-1]["category_id"] = 11
    found = loaded(coco(tmp_path, annotations=content["annotations"]))
    assert found.targets.names == ("cat", "dog")
    assert "1 box is left out, crowds of a class that has no other box: boxes.json, annotation 999" in found.notes


def test_a_category_of_coco_that_nothing_is_of_may_be_a_group_of_the_same_name(tmp_path: Path) -> None:
    """As Roboflow writes them."""
    categories = coco_content()["categories"]
    given = coco(tmp_path, categories=[{"id": 0, "name": "cat"}, *categories])
    assert loaded(given).targets.names == ("cat", "dog")
    (tmp_path / "boxes.json").write_text(json.dumps(coco_content() | {"categories": [*categories, categories[0]]}))
    assert "must have an id and a name of its own" in wrong_with(given)
    renamed = [{"id": 9, "name": "cat"}, {"id": 7, "name": "cat"}]
    (tmp_path / "boxes.json").write_text(json.dumps(coco_content() | {"categories": renamed}))
    assert "must have an id and a name of its own (got '7: cat')" in wrong_with(given)


def test_splits_of_folders(tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        coco(tmp_path / name)
        for at in range(COUNT):  # that no picture is in two splits
            Image.fromarray(np.full((HEIGHT, WIDTH, 3), 40 * at + len(name), np.uint8)).save(
                tmp_path / name / f"{at}.png"
            )
    found = loaded({"source": "coco", "path": str(tmp_path)})
    assert np.unique(found.given, return_counts=True)[1].tolist() == [COUNT] * 3
    names = {found.pictures.name(index) for index in range(3 * COUNT)}
    assert names == {f"{split}/{at}.png" for split in ("train", "valid", "test") for at in range(COUNT)}
    x, y, *_ = load_labelled(str(tmp_path), found.targets.names, 3, (20, 40), task=TASK)
    assert (len(x), len(y)) == (COUNT, COUNT), "the test split alone"


@pytest.mark.parametrize("kind", ["coco", "voc", "yolo"])
def test_what_is_wrong_in_a_split_is_named_with_its_folder(kind: str, tmp_path: Path) -> None:
    """Files of the same name lie in all of them."""
    if kind == "coco":
        for split in ("train", "valid"):
            coco(tmp_path / split)
        content = coco_content()
        content["annotations"][0]["bbox"] = [1]
        (tmp_path / "valid" / "boxes.json").write_text(json.dumps(content))
        mark = "valid/boxes.json, annotation "
    elif kind == "voc":
        for split in ("train", "valid"):
            voc(tmp_path / split)
        file = sorted((tmp_path / "valid" / "Annotations").glob("*.xml"))[0]
        file.write_text("<annotation><object><name>cat</name></object></annotation>")
        mark = f"valid/{file.name}, object 1"
    else:
        for split in ("train", "valid"):
            yolo(tmp_path / split)
            (tmp_path / split / "data.yaml").unlink()
        (tmp_path / "valid" / "labels" / "0.txt").write_text("0 0.5\n")
        mark = "valid/labels/0.txt, line 1"
    assert mark in wrong_with(
        {"source": kind, "path": str(tmp_path), **({"class_names": ["cat", "dog"]} if kind == "yolo" else {})}
    )


def test_classes_that_a_split_lacks_are_told(tmp_path: Path) -> None:
    targets = loaded(coco(tmp_path)).targets
    has_cat, has_dog = (targets.boxes > 0).T
    cats, both = np.flatnonzero(has_cat & ~has_dog), np.flatnonzero(has_cat & has_dog)
    lacks = "has a box of dog, so that it"
    assert targets.describe({"train": cats, "validation": both, "test": cats})["notes"][:2] == [
        f"no picture for train {lacks} cannot be learnt, and counts as 0 in the means of what judges",
        f"no picture for test {lacks} is not judged there",
    ]
    assert targets.describe({"train": cats, "validation": cats})["notes"][:2] == [
        f"no picture for train {lacks} cannot be learnt",
        f"no picture for validation {lacks} is not judged there",
    ]


def test_splits_of_lists_of_voc(tmp_path: Path) -> None:
    given = voc(tmp_path)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\n2\n")
    (lists / "val.txt").write_text("4\n5\n")
    found = loaded(given)
    assert list(found.given) == ["train"] * 3 + ["validation"] * 2
    assert [each.names for each in found.left_out] == [("3",)]


def test_lists_of_voc_for_training_and_validation_together_are_for_training(tmp_path: Path) -> None:
    given = voc(tmp_path)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "trainval.txt").write_text("0\n1\n2\n")
    (lists / "test.txt").write_text("3\n4\n5\n")
    (lists / "cat_train.txt").write_text("0 1\n1 -1\n")
    found = loaded(given)
    assert list(found.given) == ["train"] * 3 + ["test"] * 3
    assert [(str(each), each.expected) for each in found.left_out] == [
        ("lists in ImageSets/Main that are not read: 1 (cat_train.txt)", True)
    ]
    (lists / "trainval.txt").unlink()
    found = loaded(given)
    assert found.given is None
    assert [(each.names, each.expected) for each in found.left_out] == [(("cat_train.txt", "test.txt"), False)]


def test_folders_of_voc_that_are_called_otherwise_are_told(tmp_path: Path) -> None:
    voc(tmp_path / "VOC2007")
    rule = r"none of the 6 .xml files is called as a picture is, as VOC2007/Annotations/0.xml: .*dataset.images and"
    with pytest.raises(InputError, match=rule):
        loaded({"source": "voc", "path": str(tmp_path)})


FORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "xyxy": lambda box: box,
    "xywh": lambda box: np.array([*box[:2], *(box[2:] - box[:2])]),
    "cxcywh": lambda box: np.array([*(box[:2] + box[2:]) / 2, *(box[2:] - box[:2])]),
}


def of_form(folder: Path, form: str, unit: str, is_one: bool) -> dict[str, Any]:
    """The table of :func:`table`, its boxes in another form."""
    given = table(folder)
    file = Path(given["path"])
    header, *lines = file.read_text().splitlines()
    columns = header.split(",")
    sides = np.array([WIDTH, HEIGHT] * 2) if unit == "shares" else np.ones(4)
    written = [",".join([*(each for each in columns if each not in given["box_columns"]), *given["box_columns"]])]
    for line in lines:
        row = dict(zip(columns, line.split(","), strict=True))
        box = [row.pop(side) for side in given["box_columns"]]
        cells = [f"{each:.9f}" for each in FORMS[form](np.array(box, float)) / sides] if all(box) else box
        written.append(
            ",".join([*row.values(), *([f'"[{", ".join(cells)}]"' if all(box) else ""] if is_one else cells)])
        )
    if is_one:
        written[0] = written[0].replace(",".join(given["box_columns"]), "bbox")
        given["box_columns"] = ["bbox"]
    file.write_text("\n".join(written))
    return {**given, "box_format": form, "box_unit": unit}


@pytest.mark.parametrize(("form", "unit", "is_one"), [("xywh", "pixels", True), ("cxcywh", "shares", False)])
def test_boxes_of_tables_may_have_another_form(form: str, unit: str, is_one: bool, tmp_path: Path) -> None:
    wanted = loaded(table(tmp_path)).targets.values
    given = of_form(tmp_path, form, unit, is_one)
    np.testing.assert_allclose(loaded(given).targets.values, wanted, atol=1e-5)


def test_shares_that_are_taken_for_pixels_are_refused(tmp_path: Path) -> None:
    given = of_form(tmp_path, "xyxy", "shares", False)
    with pytest.raises(InputError, match=r"all boxes lie within the first pixel .* of a csv say box_unit: shares"):
        loaded({**given, "box_unit": "pixels"})


def test_sizes_that_are_taken_for_corners_are_refused(tmp_path: Path) -> None:
    given = table(tmp_path)
    (tmp_path / "boxes.csv").write_text("path,xmin,ymin,xmax,ymax,label\n0.png,30,10,5,6,cat")
    rule = "line 2: the box is swapped, its right end lies left of its left one; .* say box_format: xywh"
    with pytest.raises(InputError, match=rule):
        loaded(given)


def test_pictures_of_coco_that_lie_elsewhere_are_told_and_backslashes_are_read(tmp_path: Path) -> None:
    coco(tmp_path)
    (file,) = tmp_path.glob("*.json")
    content = json.loads(file.read_text())
    for entry in content["images"]:
        entry["file_name"] = f"photos\\{Path(entry['file_name']).name}"
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"none of its 6 pictures is there, as .*; dataset.images names their folder"):
        loaded({"source": "coco", "path": str(file)})
    (tmp_path / "photos").mkdir()
    for picture in tmp_path.glob("*.png"):
        picture.rename(tmp_path / "photos" / picture.name)
    assert len(loaded({"source": "coco", "path": str(file)}).pictures) == COUNT


def test_a_yaml_may_number_classes_by_texts_and_must_count_them(tmp_path: Path) -> None:
    yolo(tmp_path)
    file = tmp_path / "data.yaml"
    file.write_text("names: {'0': ape, '1': bat}\nnc: 2\n")
    assert loaded({"source": "yolo", "path": str(file)}).targets.names == ("ape", "bat")
    file.write_text("names: [ape, bat]\nnc: 3\n")
    with pytest.raises(InputError, match="says nc: 3, and names 2 classes"):
        loaded({"source": "yolo", "path": str(file)})


def test_folders_that_are_no_splits_are_told(tmp_path: Path) -> None:
    for name in ("train", "valid", "more"):
        coco(tmp_path / name)
    for at in range(COUNT):  # that no picture is in two splits
        Image.fromarray(np.full((HEIGHT, WIDTH, 3), 40 * at, np.uint8)).save(tmp_path / "valid" / f"{at}.png")
    left = {each.kind: each.names for each in loaded({"source": "coco", "path": str(tmp_path)}).left_out}
    assert left["folders with pictures whose names are no splits"] == ("more",)


def test_difficult_boxes_of_voc_and_names_without_files_are_told(tmp_path: Path) -> None:
    given = voc(tmp_path)
    file = tmp_path / "Annotations" / "2.xml"
    file.write_text(file.read_text().replace("</name>", "</name><difficult>1</difficult>"))
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\n2\n77\n")
    (lists / "val.txt").write_text("3\n4\n5\n")
    found = loaded(given)
    assert found.notes == ("1 box is marked as difficult, and counts as any other: 2.xml, object 1",)
    assert [(each.kind, each.names) for each in found.left_out] == [
        ("names in ImageSets/Main without an .xml file", ("77",))
    ]


def test_xml_files_beside_their_pictures_are_read(tmp_path: Path) -> None:
    voc(tmp_path / "a")
    beside = pictures(tmp_path / "b")
    for file in (tmp_path / "a" / "Annotations").iterdir():
        file.rename(beside / file.name)
    found = loaded({"source": "voc", "path": str(beside), "images": ".", "annotations": "."})
    assert (len(found.pictures), found.left_out) == (COUNT, ())


def test_the_yaml_that_is_named_tells_the_classes(tmp_path: Path) -> None:
    yolo(tmp_path)
    (tmp_path / "other.yaml").write_text("names: [ape, bat]\n")
    assert loaded({"source": "yolo", "path": str(tmp_path / "other.yaml")}).targets.names == ("ape", "bat")


def test_keypoints_behind_boxes_are_no_outlines(tmp_path: Path) -> None:
    of_boxes = loaded(yolo(tmp_path / "boxes")).targets.values
    given = yolo(tmp_path / "pose")
    for file in (tmp_path / "pose" / "labels").iterdir():
        file.write_text("".join(f"{line} 0 0 0.9 0.9 2 2\n" for line in file.read_text().splitlines()))
    with (tmp_path / "pose" / "data.yaml").open("a") as file:
        file.write("kpt_shape: [2, 3]\n")
    dataset = loaded(given)
    assert (dataset.targets.values == of_boxes).all()
    assert any("keypoints follow each box (kpt_shape): these are not read" in note for note in dataset.notes)


SAID = {
    "beside it": ("train: images/a\nval: [images/b]\n", ["a"] * 3 + ["b"] * 3),
    "as Roboflow says it": ("train: ../images/a\nval: ../images/b\n", ["a"] * 3 + ["b"] * 3),
    "below a folder": ("path: ../data\ntrain: images/a\nval: images/b\ntest:\n", ["a"] * 3 + ["b"] * 3),
    "in lists": ("train: a.txt\nval: b.txt\n", ["a"] * 2 + ["b"] * 2),
    "the same for both": ("train: images/a\nval: images/a\n", ["a"] * 3),
}
"""Kind -> what ``data.yaml`` says, and the folder of each picture that is read."""


def divided(root: Path, said: str) -> dict[str, Any]:
    """A folder of YOLO whose pictures lie in two folders that are called as no split is."""
    given = yolo(root / "data")
    for kind in ("images", "labels"):
        for at, name in enumerate("ab"):
            (root / "data" / kind / name).mkdir()
            for file in [*(root / "data" / kind).glob("*.*")]:
                if int(file.stem) // 3 == at:
                    file.rename(file.parent / name / file.name)
    lists = {"a": ["images/a/0.png", "./images/a/1.png"], "b": ["images/b/4.png", "", "images/b/5.png"]}
    for name, lines in lists.items():
        (root / "data" / f"{name}.txt").write_text("\n".join(lines))
    (root / "data" / "data.yaml").write_text(f"names: [cat, dog]\n{said}")
    return given


@pytest.mark.parametrize("kind", SAID)
def test_the_splits_that_the_yaml_says(kind: str, tmp_path: Path) -> None:
    said, folders = SAID[kind]
    found = loaded(divided(tmp_path, said))
    assert [Path(found.pictures.name(at)).parent.name for at in range(len(found.pictures))] == folders
    expected = {"a": "train", "b": "validation"}
    given = None if kind == "the same for both" else [expected[folder] for folder in folders]
    assert (None if found.given is None else found.given.tolist()) == given
    assert [found.targets.told(at) for at in range(2)] == ["cat", "cat, dog"], "the text files lie beside, as said"
    noted = [note for note in found.notes if "val is left out" in note]
    assert noted == ["data.yaml says the same pictures for val as for train: val is left out"] * (len(noted) > 0)
    assert bool(noted) is (kind == "the same for both")


def test_a_folder_of_a_split_that_the_yaml_does_not_name_is_told(tmp_path: Path) -> None:
    given = divided(tmp_path, "train: images/a\n")
    for kind in ("images", "labels"):
        (tmp_path / "data" / kind / "b").rename(tmp_path / "data" / kind / "valid")
    assert len(loaded(given).pictures) == 3
    told = "data.yaml names nothing for val, so 'images/valid' is not read; to read it, write 'val: images/valid' there"
    assert told in loaded(given).notes
    for folder in ("images", "../data/images"):
        (tmp_path / "data" / "data.yaml").write_text(f"names: [cat, dog]\ntrain: {folder}\n")
        assert len(loaded(given).pictures) == COUNT, "as what is named holds it"
        assert not any("is not read" in note for note in loaded(given).notes)


def test_folders_of_a_yaml_that_are_gone_are_told_or_an_error_where_it_is_named(tmp_path: Path) -> None:
    given = divided(tmp_path, "train: images/a\nval: images/gone\n")
    for at, name in enumerate(("train", "val")):
        for kind in ("images", "labels"):
            (tmp_path / "data" / kind / "ab"[at]).rename(tmp_path / "data" / kind / name)
    found = loaded(given)
    assert list(found.given if found.given is not None else ()) == ["train"] * 3 + ["validation"] * 3
    assert "which is not there: the folders beside it are read as they lie" in found.notes[0]
    named = given | {"path": str(tmp_path / "data" / "data.yaml")}
    assert "its folders are relative to 'path', or to the file" in wrong_with(named)


WRONGLY_SAID = {
    "no folder": ("train: 3\n", "a text file that lists pictures, or a list of these as its key 'train'"),
    "no root": ("path: [a]\ntrain: images/a\n", "must have a folder as its key 'path'"),
    "in two splits": ("train: images/a\nval: [images/b, images/a]\n", "for validation, which is for train too"),
}


@pytest.mark.parametrize("kind", WRONGLY_SAID)
def test_splits_of_a_yaml_that_are_none(kind: str, tmp_path: Path) -> None:
    said, message = WRONGLY_SAID[kind]
    assert message in wrong_with(divided(tmp_path, said))


def test_a_list_of_pictures_that_are_not_there(tmp_path: Path) -> None:
    given = divided(tmp_path, "train: a.txt\n")
    (tmp_path / "data" / "a.txt").write_text("images/a/0.png\nimages/a/77.png\n")
    assert "names pictures that are not there: images/a/77.png" in wrong_with(given)


@pytest.mark.parametrize("kind", ["yolo", "voc"])
def test_pictures_that_share_a_file_of_boxes_are_told(kind: str, tmp_path: Path) -> None:
    given = SOURCES[kind](tmp_path)
    folder = tmp_path / {"yolo": "images", "voc": "JPEGImages"}[kind]
    Image.new("RGB", (WIDTH, HEIGHT)).save(folder / "2.tiff")
    found = loaded(given)
    assert len(found.pictures) == COUNT
    assert [(each.kind, each.names, each.expected) for each in found.left_out] == [
        ("pictures that share the file of their boxes with another one", ("2.tiff beside 2.png",), False)
    ]


def test_classes_of_a_text_file_of_windows(tmp_path: Path) -> None:
    given = _unnamed(tmp_path)
    (tmp_path / "classes.txt").write_bytes(b"\xef\xbb\xbfcat\r\ndog\r\n\r\n")
    assert loaded(given).targets.names == ("cat", "dog")


def test_a_table_tells_groups_and_weights_of_pictures(tmp_path: Path) -> None:
    given = table(tmp_path)
    file = tmp_path / "boxes.csv"
    header, *rows = file.read_text().splitlines()
    lines = [f"{header},patient,times", *(f"{row},{int(row[0]) // 2},{int(row[0]) + 1}" for row in rows)]
    file.write_text("\n".join(lines))
    given |= {"group_column": "patient", "weight_column": "times"}
    found = loaded(given)
    assert found.groups is not None
    assert found.weights is not None
    assert found.groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.weights.tolist() == [1, 2, 3, 4, 5, 6]
    file.write_text("\n".join([*lines[:-1], lines[-1].replace(",2,6", ",7,6")]))
    assert "boxes.csv, line 9: patient of 5.png is 7 here, and 2 above" in wrong_with(given)


def test_what_is_left_out_of_new_data_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = coco_content()
    content["annotations"].append(content["annotations"][0] | {"id": 77})
    content["annotations"][1]["bbox"] = [20, 5, 22, 15]
    given = coco(tmp_path, annotations=content["annotations"])
    load_labelled(given["path"], ("cat", "dog"), 3, (HEIGHT, WIDTH), task=TASK)
    assert [record.getMessage() for record in caplog.records][1:] == [
        "1 box is left out, the same as another one of the picture: boxes.json, annotation 77",
        "1 box reaches beyond the edge of its picture and is cut off there: boxes.json, annotation 100",
    ]


def test_json_is_read_whatever_the_model_was_trained_on(tmp_path: Path) -> None:
    trained = searched(yolo(tmp_path / "a")).dataset
    coco(tmp_path / "b")
    x, y, *_ = load_labelled(
        str(tmp_path / "b" / "boxes.json"), ("cat", "dog"), 3, (HEIGHT, WIDTH), task=TASK, source=trained
    )
    assert (len(x), int((y[..., 4] >= 0).sum())) == (COUNT, sum(map(len, BOXES)))


def test_composed_digits() -> None:
    found = loaded("digit_boxes")
    boxes = found.targets.boxes
    assert found.targets.names[0] == "zero"
    assert boxes.sum() == 1797, "each digit once"
    assert 0 < (boxes.sum(axis=1) == 0).sum() < 60
    picture = found.pictures.read(np.arange(30), None)[..., 0].astype(float)
    for pixels, rows in zip(picture, found.targets.values[:30, :, :5].astype(int).tolist(), strict=True):
        for left, top, right, bottom, kind in rows:
            if kind >= 0:
                inside = pixels[top:bottom, left:right]
                assert min(inside[:, 0].max(), inside[:, -1].max(), inside[0].max(), inside[-1].max()) > 63


def arrays(row: Any, dtype: Any = float) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).integers(0, 256, (10, 20, 30, 1), dtype=np.uint8)
    y = np.full((10, 2, 5), -1, dtype)
    y[:, 0] = (2, 3, 12, 13, 0)
    y[4, 1] = row
    return x, y


def test_boxes_of_no_area_and_repeated_ones_are_left_out_and_told() -> None:
    flat = loaded(arrays((3, 3, 3, 9, 0)))
    assert flat.notes == ("1 box is left out, without any area: dataset.y[4, 1]",)
    twice = loaded(arrays((2, 3, 12, 13, 0)))
    assert twice.notes == ("1 box is left out, the same as another one of the picture: dataset.y[4, 1]",)


def test_a_box_beyond_the_edge_is_cut_off_and_told() -> None:
    found = loaded(arrays((20, 10, 33, 18, 1)))
    np.testing.assert_array_equal(found.targets.values[4, 1], [20, 10, 30, 18, 1, 1])
    notes = found.targets.describe({"train": np.arange(10)})["notes"]
    assert notes[0] == "1 box reaches beyond the edge of its picture and is cut off there: dataset.y[4, 1]"


ROWS = {
    "swapped": ((12, 3, 2, 13, 0), "dataset.y[4, 1]: the box is swapped, its right end lies left of its left one"),
    "not finite": ((2, 3, np.nan, 13, 0), "dataset.y[4, 1]: the box must be finite numbers"),
    "outside": (
        (31, 3, 40, 13, 0),
        "dataset.y[4, 1]: the box lies outside of x[4], which is 30 pixels wide and 20",
    ),
    "no class": ((1, 3, 9, 13, -2), "dataset.y[4, 1, 4]: the class of a box must be a whole number from 0 on"),
    "half a class": ((1, 3, 9, 13, 0.5), "the class of a box must be a whole number from 0 on (got 0.5)"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_arrays_that_are_no_boxes(kind: str) -> None:
    row, message = ROWS[kind]
    assert message in wrong_with(arrays(row))


def test_a_validation_split_without_any_box() -> None:
    x, y = arrays((2, 3, 12, 13, 0))
    targets = loaded((x, y)).targets
    given = np.array(["train"] * 9 + ["validation"])
    assert targets.problems(given) == []
    empty = targets.take(np.array([*range(9)])).values.copy()
    empty[8, :, :5] = -1
    (problem,) = make(empty, targets.names).problems(given[1:])
    assert "no picture for validation has a box: there is nothing to judge by" in str(problem)


def test_arrays_of_another_shape() -> None:
    x, y = arrays((2, 3, 12, 13, 0))
    assert "boxes must have the shape (n, most, 5)" in wrong_with((x, y[:, :, :4]))
    assert "has no boxes: there is nothing to learn" in wrong_with((x, np.full_like(y, -1)))


def test_boxes_in_another_form_are_noticed() -> None:
    """Width and height in place of right and bottom: most still lie on their pictures."""
    x, y = arrays((2, 3, 12, 13, 0))
    y[:, 0] = (2, 3, 40, 13, 0)
    assert "boxes reach beyond the edges of their pictures, as dataset.y[0, 0]: they are of other pic" in wrong_with(
        (x, y)
    )


def _bbox(root: Path) -> dict[str, Any]:
    content = coco_content()
    content["annotations"][0]["bbox"] = [1, 2, 3]
    return coco(root, annotations=content["annotations"])


def _image(root: Path) -> dict[str, Any]:
    content = coco_content()
    content["annotations"][1]["image_id"] = 77
    return coco(root, annotations=content["annotations"])


def _size(root: Path) -> dict[str, Any]:
    content = coco_content()
    content["images"][2] |= {"height": WIDTH, "width": HEIGHT}
    return coco(root, images=content["images"])


def _no_json(root: Path) -> dict[str, Any]:
    given = coco(root)
    (root / "boxes.json").write_text("{images: ")
    return given


def _entity(root: Path) -> dict[str, Any]:
    given = voc(root)
    (root / "Annotations" / "0.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return given


def _number(root: Path) -> dict[str, Any]:
    given = voc(root)
    file = root / "Annotations" / "1.xml"
    file.write_text(file.read_text().replace("<xmin>21</xmin>", "<xmin>x</xmin>"))
    return given


def _line(line: str) -> Callable[[Path], dict[str, Any]]:
    def made(root: Path) -> dict[str, Any]:
        given = yolo(root)
        (root / "labels" / "0.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")
        return given

    return made


def _keypoints(line: str) -> Callable[[Path], dict[str, Any]]:
    def made(root: Path) -> dict[str, Any]:
        given = _line(line)(root)
        with (root / "data.yaml").open("a") as file:
            file.write("kpt_shape: [3, 2]\n")
        return given

    return made


def _unnamed(root: Path) -> dict[str, Any]:
    given = yolo(root)
    (root / "data.yaml").unlink()
    return given


def _unlabelled_split(root: Path) -> dict[str, Any]:
    given = yolo(root)
    for name in ("train", "val"):
        pictures(root / "images" / name)
    (root / "labels").rename(root / "train")
    (root / "labels").mkdir()
    (root / "train").rename(root / "labels" / "train")
    return given


def _twice(root: Path) -> dict[str, Any]:
    given = _unnamed(root)
    (root / "classes.txt").write_text("cat\ncat\n")
    return given


def _cell(old: str, new: str) -> Callable[[Path], dict[str, Any]]:
    def made(root: Path) -> dict[str, Any]:
        given = table(root)
        file = root / "boxes.csv"
        file.write_text(file.read_text().replace(old, new, 1))
        return given

    return made


FILES: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "coco: no four numbers": (_bbox, "boxes.json, annotation 0: its bbox must be [left, top, width, height]"),
    "coco: no picture": (_image, "annotation 100: its image_id 77 is none of the file's images"),
    "coco: another size": (_size, "the boxes of 2.png are for 40 x 20 pixels, and it has 20 x 40; its file says"),
    "coco: no JSON": (_no_json, "is no JSON: Expecting property name"),
    "coco: no list": (lambda root: coco(root, images=3), "must have a list of mappings 'images'"),
    "coco: no folder": (lambda root: {"source": "coco", "path": str(root)}, "there is no such file or folder"),
    "voc: entities": (_entity, "defines entities, which are not read"),
    "voc: no number": (_number, "1.xml, object 2: its bndbox must have numbers as xmin, ymin"),
    "yolo: few numbers": (_line("1 0.5 0.5 0.2"), "labels/0.txt, line 2: must have 5 numbers"),
    "yolo: too few keypoints": (_keypoints("1 0.5 0.5 0.2 0.1 0.3 0.3"), "labels/0.txt, line 1: must have 11 numbers"),
    "yolo: pixels": (_line("1 12 8 20 10"), "line 2: must have shares of the sides of the picture, from 0 to 1"),
    "yolo: a class too many": (_line("2 0.5 0.5 0.1 0.1"), "its class must be from 0 to 1, as there are 2 names"),
    "yolo: no names": (_unnamed, "has no data.yaml and no classes.txt that names the classes: say dataset.class_names"),
    "yolo: a split without labels": (_unlabelled_split, "no picture of 'val' has a text file of boxes"),
    "yolo: a name twice": (_twice, "must have the name of a class on each line, and each once"),
    "table: a cell too many": (_cell("12,cat", "12,cat,dog"), "boxes.csv, line 2: has more cells than the header"),
    "table: no number": (_cell("1,2,11,12", "1,2,x,12"), "boxes.csv, line 2: the box must be four numbers"),
    "table: no class": (_cell("12,cat", "12,"), "line 2: has a box and no class"),
    "table: no column": (_cell("ymax", "bottom"), "has no column 'ymax'; its columns: path, xmin"),
    "table: swapped": (_cell("1,2,11,12", "11,2,1,12"), "boxes.csv, line 2: the box is swapped"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_boxes(kind: str, tmp_path: Path) -> None:
    made, message = FILES[kind]
    assert message in wrong_with(made(tmp_path / "data"))


def test_a_class_that_the_model_does_not_know(tmp_path: Path) -> None:
    given = coco(tmp_path)
    with pytest.raises(InputError, match="its class 'dog' is none that is known: cat"):
        load_labelled(given["path"], ("cat",), 3, (20, 40), task=TASK)


KEYS = {
    "no boxes": ({"dataset": "digits"}, "brings no boxes, which task 'detection' learns from: give one of coco, voc"),
    "no columns": (
        {"dataset": {"source": "csv", "path": "a.csv"}},
        "dataset.box_columns: is missing: name the columns",
    ),
    "several labels": (
        {
            "dataset": {
                "source": "csv",
                "path": "a",
                "box_columns": ["a", "b", "c", "d"],
                "label_columns": ["e", "f"],
            }
        },
        "dataset.label_columns: task 'detection' reads one column",
    ),
    "boxes for no one": (
        {"dataset": "digit_boxes", "task": "classification", "model": "cnn"},
        "brings boxes, which task 'classification' does not read: say task: detection",
    ),
    "columns for no one": (
        {
            "dataset": {"source": "csv", "path": "a", "box_columns": ["a", "b", "c", "d"]},
            "task": "binary",
            "model": "cnn",
        },
        "dataset.box_columns: is of boxes, which task 'binary' does not read",
    ),
    "masks": (
        {"dataset": "digit_scenes"},
        "brings masks, which task 'detection' does not read: say task: segmentation",
    ),
    "classes": (
        {"dataset": {"source": "coco", "path": "a", "classes": ["a", "b"]}},
        "dataset.classes: task 'detection'",
    ),
}


@pytest.mark.parametrize("kind", KEYS)
def test_keys_that_do_not_suit(kind: str) -> None:
    keys, message = KEYS[kind]
    with pytest.raises(InputError) as caught:
        searched(**keys)
    assert message in str(caught.value)


def test_an_answer_is_in_pixels_of_its_file() -> None:
    answer = BoxAnswer(np.array([[2, 3, 12, 13, 0.9, 1], [-1, 0, 60, 10, 0.4, 0]], np.float32), ("cat", "dog"))
    placed = answer.within((100, 120), (20, 60), "stretch")
    assert placed.to_dict()["boxes"][0] == {"class": "dog", "score": pytest.approx(0.9), "box": [4, 15, 24, 65]}
    assert placed.to_dict()["boxes"][1]["box"] == [0, 0, 120, 50]
    assert placed.cells(3) == ("dog 0.90 at 4, 15, 24, 65",)
    assert BoxAnswer(answer.boxes[:0], ()).cells(3) == ("no box",)


def test_a_box_beside_a_letterboxed_picture_is_no_answer() -> None:
    """The picture lies in rows 5 to 55 of 60."""
    told = BoxAnswer(np.array([[0, 0, 60, 4, 0.9, 0], [6, 0, 12, 15, 0.8, 1]], np.float32), ("cat", "dog"))
    (box,) = told.within((100, 120), (60, 60), "letterbox").to_dict()["boxes"]
    assert box == {"class": "dog", "score": pytest.approx(0.8), "box": [12, 0, 24, 20]}
