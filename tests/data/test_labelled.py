from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.sources.keys import Columns
from cnnsearch.data.sources.spec import DirectorySource, UrlSource, tables_of
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.pictures import decode
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.tasks.classification.spec import CLASSIFICATION

CLASSES = ["dog", "emu", "cat"]
X = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
NAMES = ["cat", "dog", "cat", "dog"]


def test_folder(folder) -> None:
    root = folder(each=2)
    (root / "cat" / "notes.jpg").write_text("no picture")
    x, y, unreadable, *_ = load_labelled(str(root), CLASSES, 3, (4, 4))
    assert y.tolist() == [2, 2, 0, 0]
    assert y.dtype == np.int32
    assert unreadable == ("cat/notes.jpg: not a picture",)
    expected = [decode(root / name / f"{number}.png", 3, (4, 4)) for name in ("cat", "dog") for number in range(2)]
    assert (x == np.stack(expected)).all()
    assert load_labelled(str(root), CLASSES, 1, (4, 4))[0].shape == (4, 4, 4, 1)


def test_folder_of_one_class(folder) -> None:
    root = folder(classes=("emu",), each=2)
    assert load_labelled(str(root), CLASSES, 3, (4, 4))[1].tolist() == [1, 1]


def test_folder_of_splits_gives_its_test_split(folder) -> None:
    root = folder(each=2, splits=("train", "test"))
    x, y, *_ = load_labelled(str(root), CLASSES, 3, (6, 5))
    assert y.tolist() == [2, 2, 0, 0]
    assert (x[0] == decode(root / "test" / "cat" / "0.png", 3)).all()
    shutil.rmtree(root / "train")
    assert len(load_labelled(str(root), CLASSES, 3, (6, 5))[1]) == 4


@pytest.mark.parametrize("splits", [("train",), ("train", "val"), ("val",)])
def test_splits_without_a_test_split_are_refused(folder, splits) -> None:
    root = folder(each=2, splits=splits)
    with pytest.raises(InputError, match=r"DATA: has pictures for .*, and none for the test: name what is to be"):
        load_labelled(str(root), CLASSES, 3, (6, 5))
    assert len(load_labelled(str(root / splits[0]), CLASSES, 3, (6, 5))[1]) == 4


def test_csv_with_a_split_column_gives_its_test_split(folder) -> None:
    root = folder(each=2)
    rows = "path,label,split\ndog/1.png,dog,Train\ncat/1.png,cat,test\ncat/0.png,cat,val\n"
    (root / "list.csv").write_text(rows)
    x, y, *_ = load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5))
    assert y.tolist() == [2]
    assert (x[0] == decode(root / "cat" / "1.png", 3)).all()
    (root / "list.csv").write_text(rows.replace("test", "val"))
    with pytest.raises(InputError, match="has pictures for train and validation, and none for the test"):
        load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5))


def test_what_is_left_out_is_named(folder) -> None:
    root = folder(each=2)
    (root / "cat" / "a.heic").touch()
    assert load_labelled(str(root), CLASSES, 3, (4, 4))[2] == (
        "files that end in .heic, which are not read: 1 (cat/a.heic)",
    )


def test_csv(folder) -> None:
    root = folder(each=2)
    (root / "list.csv").write_text("path,label\ndog/1.png,dog\ngone.png,emu\ncat/0.png,cat\n")
    x, y, unreadable, *_ = load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5))
    assert y.tolist() == [0, 2]
    assert (x[1] == decode(root / "cat" / "0.png", 3)).all()
    assert unreadable == ("gone.png: there is no such file",)


@pytest.mark.parametrize("keys", [("x", "y"), ("x_test", "y_test")])
def test_npz(tmp_path, keys) -> None:
    np.savez(tmp_path / "new.npz", **dict(zip(keys, (X, NAMES), strict=True)))
    x, y, unreadable, *_ = load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (6, 5))
    assert (x == X).all()
    assert y.tolist() == [2, 0, 2, 0]
    assert unreadable == ()
    assert load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (3, 3))[0].shape == (4, 3, 3, 3)


def test_npz_prefers_its_test_split(tmp_path) -> None:
    np.savez(tmp_path / "new.npz", x=X, y=NAMES, x_test=X[1:2], y_test=NAMES[1:2])
    x, y, *_ = load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (6, 5))
    assert (x == X[1:2]).all()
    assert y.tolist() == [0]


def test_numbers_are_class_names_too(tmp_path) -> None:
    np.savez(tmp_path / "new.npz", x=X[..., 0], y=[7, 3, 7, 3])
    x, y, *_ = load_labelled(str(tmp_path / "new.npz"), ["3", "5", "7"], 3, (6, 5))
    assert y.tolist() == [2, 0, 2, 0]
    assert (x == X[..., :1]).all()  # grey, repeated over the channels
    assert x.shape == X.shape


def test_unknown_class_is_named(folder, tmp_path) -> None:
    root = folder()
    with pytest.raises(InputError, match="DATA: the model does not know the class 'dog'; it knows: cat, emu"):
        load_labelled(str(root), ["cat", "emu"], 3, (4, 4))
    np.savez(tmp_path / "new.npz", x=X, y=[1, 10, 2, 1])
    with pytest.raises(InputError, match="classes '1', '2', '10'"):
        load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (4, 4))


def test_refused_data(folder, tmp_path) -> None:
    def refused(path, message: str, channels: int = 3) -> None:
        with pytest.raises(InputError, match=message):
            load_labelled(str(path), CLASSES, channels, (4, 4))

    root = folder()
    refused(tmp_path / "none", "DATA: there is no such folder")
    refused(tmp_path / "none.npz", "DATA: there is no such file")
    refused(tmp_path / "none.csv", "DATA: there is no such file")
    refused(root / "cat" / "0.png", r"a \.csv, \.parquet or \.npz file")
    refused(root, r"none of the pictures can be read: cat/0\.png: has 3 channels, and 5 are needed", channels=5)
    np.savez(tmp_path / "new.npz", x=X, y=NAMES)
    refused(tmp_path / "new.npz", "takes pictures of 1 channels", channels=1)
    np.savez(tmp_path / "new.npz", x=X, y=NAMES, x_val=X, y_val=NAMES)
    refused(tmp_path / "new.npz", "needs the arrays x and y, or x_test and y_test; it has: x, x_val, y, y_val")
    np.savez(tmp_path / "new.npz", x_train=X, y_train=NAMES)
    refused(tmp_path / "new.npz", "needs the arrays x and y, or x_test and y_test; it has: x_train, y_train")
    for path in root.glob("*/*.png"):
        path.write_text("no picture")
    refused(root, r"none of the pictures can be read: cat/0\.png: not a picture")


def test_files_come_in_the_values_of_training(folder) -> None:
    root = folder(each=2)
    x, *_ = load_labelled(str(root), CLASSES, 3, (6, 5), ValueRange("float32", 0.01, 0.9, (0.0, 1.0)))
    plain, *_ = load_labelled(str(root), CLASSES, 3, (6, 5))
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, (plain / 255).astype(np.float32))
    with pytest.raises(InputError, match="trained on float32 from 0 to 37, and these pictures are uint8 from 0 to 255"):
        load_labelled(str(root), CLASSES, 3, (6, 5), ValueRange("float32", 0.0, 37.0, None))


def test_arrays_come_in_the_values_of_training(tmp_path) -> None:
    np.savez(tmp_path / "new.npz", x=X / 255, y=NAMES)
    assert (load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (6, 5))[0] == X).all()
    np.savez(tmp_path / "new.npz", x=X / 9, y=NAMES)
    with pytest.raises(
        InputError, match=r"DATA: the model was trained on uint8 from 0 to 255.* float32 from 0 to 28\.3"
    ):
        load_labelled(str(tmp_path / "new.npz"), CLASSES, 3, (6, 5))


def test_csv_with_the_columns_of_the_study(folder) -> None:
    root = folder(each=2)
    table = root / "list.csv"
    table.write_text("file,breed,label\ndog/1.png,dog,x\n")
    assert load_labelled(str(table), CLASSES, 3, (6, 5), tables=(Columns("file", ("breed",)),))[1].tolist() == [0]
    table.write_text("path,label\ncat/1.png,cat\n")
    assert load_labelled(str(table), CLASSES, 3, (6, 5), tables=(Columns("file", ("breed",)),))[1].tolist() == [2]
    table.write_text("file,label\ncat/1.png,cat\n")
    with pytest.raises(InputError, match="has no column 'path'; its columns: file, label"):
        load_labelled(str(table), CLASSES, 3, (6, 5), tables=(Columns("file", ("breed",)),))


def test_tables_as_those_at_the_address_of_the_study(folder) -> None:
    """What was at the address, a table or a Parquet file, is not known here; its names are, of either."""
    root = folder(each=2)
    keys = {"path_column": "file", "image_column": "photo", "label_column": "breed"}
    tables = tables_of(UrlSource(source="url", url="https://example.org/pets", **keys))
    (root / "list.csv").write_text("file,breed\ndog/1.png,dog\n")
    content = {"photo": [(root / "cat" / "0.png").read_bytes()], "breed": ["cat"]}
    pyarrow.parquet.write_table(pyarrow.table(content), root / "list.parquet")
    assert load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5), tables=tables)[1].tolist() == [0]
    assert load_labelled(str(root / "list.parquet"), CLASSES, 3, (6, 5), tables=tables)[1].tolist() == [2]


def test_groups_of_new_pictures_are_told_as_those_of_the_training_were(folder, caplog) -> None:
    root = folder(each=2)
    rows = "path,label,patient\ndog/1.png,dog,ann\ncat/1.png,cat,ben\ncat/0.png,cat,ann\n"
    (root / "list.csv").write_text(rows)
    tables = (Columns(group="patient"),)
    assert load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5), tables=tables).group_of.tolist() == [0, 1, 0]
    assert load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5)).group_of is None
    assert not caplog.messages
    (root / "list.csv").write_text(rows.replace("patient", "name"))
    assert load_labelled(str(root / "list.csv"), CLASSES, 3, (6, 5), tables=tables).group_of is None
    alone = "intervals take each picture as one by itself: "
    assert caplog.messages == [f"{alone}the data has no column 'patient' of groups"]
    caplog.clear()
    source = DirectorySource(source="directory", path=str(root), group=r"/(\d)\.png")
    assert load_labelled(str(root), CLASSES, 3, (6, 5), source=source).group_of.tolist() == [0, 1, 0, 1]
    source = source.model_copy(update={"group": "patient"})
    assert load_labelled(str(root), CLASSES, 3, (6, 5), source=source).group_of is None
    (told,) = caplog.messages
    assert told.startswith(f"{alone}dataset.group, 'patient', does not match the names of 4 of 4 pictures")


@pytest.mark.parametrize("column", ["image", "path"])
def test_parquet_with_the_usual_columns(folder, column) -> None:
    root = folder(each=2)
    content = {column: ["cat/0.png"], "label": ["cat"]}
    pyarrow.parquet.write_table(pyarrow.table(content), root / "list.parquet")
    for tables in ((), (Columns("file", ("breed",)),)):
        assert load_labelled(str(root / "list.parquet"), CLASSES, 3, (6, 5), tables=tables)[1].tolist() == [2]


def test_what_of_files_is_not_used_is_said(folder, caplog) -> None:
    from PIL import Image

    root = folder(each=1)
    black = Image.new("RGB", (5, 6))
    black.save(root / "cat" / "a.gif", save_all=True, append_images=[Image.new("RGB", (5, 6), "red")])
    load_labelled(str(root), CLASSES, 3, (6, 5))
    assert "1 of 3 pictures are read without the frames or pages after the first one" in caplog.text


def test_a_table_for_a_task_without_classes_has_a_column_an_output(folder) -> None:
    root = folder(each=1)
    (root / "list.csv").write_text("path,age\ncat/0.png,3\n")
    task = replace(CLASSIFICATION, has_classes=False)
    for columns in (Columns(), Columns(labels=("size", "age"))):
        with pytest.raises(InputError, match="DATA: has no column 'size'; its columns: path, age"):
            load_labelled(str(root / "list.csv"), ["size", "age"], 3, (6, 5), tables=(columns,), task=task)


def test_pictures_are_decoded_as_those_of_training_were(tmp_path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3)).astype(np.uint8)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "0.jpg")
    found = {}
    for how in ("full", "reduced"):
        x, _, *_ = load_labelled(str(tmp_path), ("cat", "dog"), 3, (16, 16), decoding=how)
        assert (x[0] == decode(tmp_path / "cat" / "0.jpg", 3, (16, 16), None, how)).all()
        found[how] = x
    assert (found["full"] != found["reduced"]).any()
