"""Parquet files as public sets are kept."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.sources.spec import ParquetSource
from cnnsearch.errors import InputError
from cnnsearch.tasks.regression.spec import REGRESSION


def png(level: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (4, 4), level).save(stream, "png")
    return stream.getvalue()


LEVELS = list(range(6))
BYTES = [png(level) for level in LEVELS]
NAMES = [f"{level}.png" for level in LEVELS]


def written(path: Path, columns: dict[str, Any], classes: list[str] | None = None) -> Path:
    table = pyarrow.table(columns)
    if classes is not None:
        features = {"label": {"names": classes, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table, path, row_group_size=4)
    return path


def loaded(path: Path, **keys: Any) -> Dataset:
    return load_dataset(ParquetSource(source="parquet", path=str(path), **keys))


def levels(dataset: Dataset) -> list[int]:
    read = dataset.pictures.read(np.arange(len(dataset.pictures)))
    return [int(picture[0, 0, 0]) for picture in read]


def labels(dataset: Dataset) -> list[str]:
    return [dataset.targets.names[value] for value in dataset.targets.values]


@pytest.mark.parametrize("form", ["bytes", "with paths", "paths", "large", "words of a dictionary"])
def test_pictures_of_any_form(form: str, tmp_path: Path) -> None:
    for name, content in zip(NAMES, BYTES, strict=True):
        (tmp_path / name).write_bytes(content)
    images: Any = {
        "bytes": BYTES,
        "with paths": [{"bytes": content, "path": name} for content, name in zip(BYTES, NAMES, strict=True)],
        "paths": NAMES,
        "large": pyarrow.array(BYTES, pyarrow.large_binary()),
        "words of a dictionary": pyarrow.array(NAMES).dictionary_encode(),
    }[form]
    dataset = loaded(written(tmp_path / "a.parquet", {"image": images, "label": list("abcabc")}))
    assert levels(dataset) == LEVELS
    assert labels(dataset) == list("abcabc")
    rows = [f"row {number}" for number in range(1, 7)]
    expected = rows if form in ("bytes", "large") else NAMES
    assert [dataset.pictures.name(index) for index in range(6)] == expected


def test_classes_have_the_names_that_hugging_face_gives_them(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"image": BYTES, "label": [1, 0, 1, -1, 0, -1]}, ["dog", "cat"])
    dataset = loaded(path)
    assert labels(dataset) == ["cat", "dog", "cat", "dog"]
    assert levels(dataset) == [0, 1, 2, 4]
    assert [str(left) for left in dataset.left_out] == ["rows whose label is kept back (-1): 2 (row 4, row 6)"]
    assert labels(loaded(written(tmp_path / "b.parquet", {"image": BYTES, "label": [1, -1] * 3}))) == ["1", "-1"] * 3


def test_files_of_a_folder_are_splits_by_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name, rows in (
        ("train-00000-of-00002", [0, 1]),
        ("train-00001-of-00002", [2, 3]),
        ("test-00000-of-00001", [4, 5]),
    ):
        written(folder / f"{name}.parquet", {"image": [BYTES[row] for row in rows], "label": ["a", "b"]})
    dataset = loaded(folder)
    assert dataset.given is not None
    assert list(zip(dataset.given.tolist(), levels(dataset), strict=True)) == [
        ("test", 4), ("test", 5), ("train", 0), ("train", 1), ("train", 2), ("train", 3)
    ]  # fmt: skip
    assert dataset.pictures.name(2) == "train-00000-of-00002.parquet: row 1"
    written(folder / "extra.parquet", {"image": BYTES[:2], "label": ["a", "b"]})
    with pytest.raises(InputError, match=r"some files are named after splits, and 'extra\.parquet' is not"):
        loaded(folder)


def test_columns_by_their_names(tmp_path: Path) -> None:
    columns = {
        "img": BYTES,
        "kind": list("ababab"),
        "part": ["train"] * 4 + ["test"] * 2,
        "patient": [1, 2, 1, 3, 4, 5],
        "count": [1.5, 2, 1, 3, 0, 5],
    }
    path = written(tmp_path / "a.parquet", columns | {"caption": [["a", "b"]] * 6})
    named = {"image_column": "img", "label_column": "kind"}
    dataset = loaded(path, **named, split_column="part", group_column="patient", weight_column="count")
    assert dataset.given is not None
    assert dataset.groups is not None
    assert dataset.given.tolist() == columns["part"]
    assert dataset.groups.tolist() == [0, 1, 0, 2, 3, 4]
    assert dataset.weights is not None
    assert dataset.weights.tolist() == columns["count"]
    assert [str(left) for left in dataset.left_out] == ["columns that are not read: 1 (caption)"]
    with pytest.raises(InputError, match="the column 'part' looks like splits, and is not read: name it"):
        loaded(path, **named)


def test_numbers_are_read_to_the_last_digit(tmp_path: Path) -> None:
    ages = [0.1, 1 / 3, 2.5, 1e-7, 3.0, 4.0]
    path = written(tmp_path / "a.parquet", {"image": BYTES, "age": ages})
    source = ParquetSource(source="parquet", path=str(path), label_column="age")
    assert load_dataset(source, task=REGRESSION).targets.values.ravel().tolist() == ages


def test_a_picture_of_no_bytes_is_unreadable_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"image": [*BYTES[:5], b""], "label": list("ababab")})
    assert loaded(path, max_unreadable=0.2).unreadable == ("row 6: a picture of no bytes",)


@pytest.mark.parametrize(
    ("images", "empty"),
    [
        ([*BYTES[:5], None], ["row 6"]),
        ([None, *NAMES[1:5], ""], ["row 1", "row 6"]),
        (pyarrow.array([None, *NAMES[1:5], None]).dictionary_encode(), ["row 1", "row 6"]),
        (
            [
                {"bytes": None, "path": "1.png"},
                {"bytes": BYTES[1], "path": None},
                None,
                {"bytes": BYTES[3], "path": "3.png"},
                {"bytes": None, "path": ""},
                {"bytes": None, "path": None},
            ],
            ["row 3", "row 5", "row 6"],
        ),
        ([{"bytes": content} for content in [*BYTES[:4], None, BYTES[5]]], ["row 5"]),
    ],
)
def test_a_row_without_a_picture_is_missing_and_not_unreadable(images: Any, empty: list[str], tmp_path: Path) -> None:
    for name, content in zip(NAMES, BYTES, strict=True):
        (tmp_path / name).write_bytes(content)
    path = written(tmp_path / "a.parquet", {"image": images, "label": list("abbaab")})
    with pytest.raises(InputError, match=rf"{empty[0]} has no image; checks: {{missing: drop}} leaves such rows out"):
        loaded(path)
    dataset = load_dataset(ParquetSource(source="parquet", path=str(path)), drops_missing=True)
    assert dataset.incomplete == tuple(f"{row} has no image" for row in empty)
    assert (len(dataset.pictures), dataset.unreadable) == (6 - len(empty), ())


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"image": BYTES}, "has no column 'label'; its columns: image"),
        ({"image": LEVELS, "label": list("ababab")}, "column 'image' holds int64, and must hold the bytes of picture"),
        (
            {"image": BYTES, "label": [[1], [2]] * 3},
            "column 'label' holds list<.*>, and must hold a word or number a row",
        ),
        ({"image": BYTES, "label": ["a", None] * 3}, "row 2 has no label"),
        (
            {"image": BYTES, "label": list("ababab"), "split": ["test"] * 6},
            "has no row for train in the column 'split'",
        ),
    ],
)
def test_refused(columns: dict[str, Any], rule: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rule):
        loaded(written(tmp_path / "a.parquet", columns))


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        loaded(tmp_path / "text.parquet")
    with pytest.raises(InputError, match="there is no such file or folder"):
        loaded(tmp_path / "none.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"has no files that end in \.parquet"):
        loaded(tmp_path / "empty")


def test_evaluate_reads_them_too(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"image": BYTES, "label": list("ababab"), "split": ["train", "test"] * 3})
    tables = (ParquetSource(source="parquet", path="gone").columns,)
    x, y, *_ = load_labelled(str(path), ("a", "b"), 1, (4, 4), tables=tables)
    assert (x[:, 0, 0, 0].tolist(), y.tolist()) == ([1, 3, 5], [1, 1, 1])
