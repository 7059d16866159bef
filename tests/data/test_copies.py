"""Exact copies, counted by hand."""

from __future__ import annotations

import shutil

import numpy as np

from cnnsearch.data.copies import Copies, exact_copies
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.spec import ArraysSource, CsvSource, DirectorySource
from cnnsearch.data.split import Split, split_dataset

X = np.random.default_rng(0).integers(0, 256, (6, 3, 3, 1), dtype=np.uint8)


def test_splits_that_are_copies(folder) -> None:
    root = folder(splits=("train",), each=3)
    shutil.copytree(root / "train", root / "val")
    (root / "val" / "dog" / "2.png").unlink()
    shutil.copytree(root / "train", root / "test")
    dataset = load_dataset(DirectorySource(source="directory", path=str(root)))
    found = exact_copies(dataset, split_dataset(dataset, 0.2, 0.2, 0))
    assert [(one.kind, one.held, one.seen, one.count, one.total) for one in found] == [
        ("across", "validation", "train", 5, 5),
        ("across", "test", "train", 6, 6),
        ("across", "test", "validation", 5, 6),
    ]
    assert found[0].names[0] == "val/cat/0.png = train/cat/0.png"
    assert len(found[0].names) == 5
    assert [Copies.from_dict(one.to_dict()) for one in found] == list(found)


def test_one_picture_under_two_labels(folder) -> None:
    root = folder()
    shutil.copy(root / "cat" / "0.png", root / "dog" / "copy.png")
    (root / "emu").symlink_to(root / "dog")
    dataset = load_dataset(DirectorySource(source="directory", path=str(root), classes=("cat", "dog")))
    everything = Split(np.arange(13), np.arange(0), np.arange(0))
    (labels,) = exact_copies(dataset, everything)
    assert labels == Copies("labels", 2, 13, ("cat/0.png (cat), dog/copy.png (dog)",))
    dataset = load_dataset(DirectorySource(source="directory", path=str(root)))
    assert exact_copies(dataset, Split(np.arange(20), np.arange(0), np.arange(0)))[0].count == 15


def test_rows_that_come_twice(tmp_path, picture) -> None:
    for name in "abcd":
        picture(tmp_path / f"{name}.png", ord(name))
    rows = "".join(f"{name}.png,{label}\n" for name, label in zip("abcd", "xyxy", strict=True))
    (tmp_path / "list.csv").write_text(f"path,label\n{rows}{rows}")
    dataset = load_dataset(CsvSource(source="csv", path=str(tmp_path / "list.csv")))
    (repeated,) = exact_copies(dataset, Split(np.arange(8), np.arange(0), np.arange(0)))
    assert repeated == Copies("repeated", 4, 8, tuple(f"{name}.png" for name in "abcd"))
    across, still = exact_copies(dataset, Split(np.array([0, 1, 2, 3, 6, 7]), np.array([4, 5]), np.arange(0)))
    assert (across.count, across.total, still.count) == (2, 2, 2)


def test_arrays() -> None:
    data = ArraysSource(x=X, y=[0, 1] * 3, x_test=X[[1, 0]], y_test=[0, 0])
    dataset = load_dataset(data.model_copy(update={"y_test": [1, 0]}))
    split = split_dataset(dataset, 0.4, 0.0, 0)
    assert sum(one.count for one in exact_copies(dataset, split) if one.held == "test") == 2
    mixed = load_dataset(data.model_copy(update={"x_test": X[[1, 1]], "y_test": [0, 1]}))
    labels = exact_copies(mixed, Split(np.arange(6), np.arange(0), np.arange(6, 8)))[1]
    assert labels == Copies("labels", 3, 8, ("x_test[0] (0), x[1] (1)",))


def test_no_copies() -> None:
    dataset = load_dataset(ArraysSource(x=X, y=[0, 1] * 3))
    assert exact_copies(dataset, split_dataset(dataset, 0.4, 0.0, 0)) == ()
