from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from cnnsearch.catalog.sources import DirectorySource
from cnnsearch.data import load_dataset
from cnnsearch.data.sources.folders import EXTENSIONS
from cnnsearch.errors import InputError


def directory(path, **keys) -> DirectorySource:
    return DirectorySource(source="directory", path=str(path), **keys)


def test_every_extension_in_any_case(tmp_path, picture) -> None:
    for extension in EXTENSIONS:
        picture(tmp_path / "cat" / f"lower{extension}", 1)
        picture(tmp_path / "dog" / f"upper{extension.upper()}", 2)
    assert np.bincount(load_dataset(directory(tmp_path)).labels).tolist() == [8, 8]


def test_hidden_and_other_files_are_ignored(folder, picture) -> None:
    root = folder()
    before = load_dataset(directory(root)).fingerprint
    picture(root / "cat" / ".hidden.png", 99)
    picture(root / ".cache" / "0.png", 99)
    (root / "cat" / "Thumbs.db").write_text("?")
    (root / "README.txt").write_text("?")
    (root / "cat" / "inner.png").mkdir()
    assert load_dataset(directory(root)).fingerprint == before


def test_order_is_natural(tmp_path, picture) -> None:
    for name in ("10", "9"):
        for number in (2, 10, 1):
            picture(tmp_path / name / f"img{number}.png", number)
    dataset = load_dataset(directory(tmp_path))
    assert dataset.classes == ("9", "10")
    assert [path.name for path in dataset.pictures.paths] == ["img1.png", "img2.png", "img10.png"] * 2


@pytest.mark.parametrize("names", [("train", "test"), ("train", "val"), ("Train", "valid", "TEST")])
def test_folders_of_splits(folder, names) -> None:
    dataset = load_dataset(directory(folder(splits=names)))
    assert dataset.classes == ("cat", "dog")
    known = {"val": "validation", "valid": "validation"}
    assert set(dataset.given.tolist()) == {known.get(name, name.lower()) for name in names}


def test_train_alone_is_no_split(folder) -> None:
    assert load_dataset(directory(folder(splits=("train",)))).given is None


def test_class_may_be_called_train(folder) -> None:
    dataset = load_dataset(directory(folder(classes=("bus", "train"))))
    assert dataset.classes == ("bus", "train")
    assert dataset.given is None


def test_unreadable_are_listed_and_skipped(folder) -> None:
    root = folder()
    (root / "cat" / "notes.jpg").write_text("no picture")
    dataset = load_dataset(directory(root))
    assert dataset.unreadable == ("cat/notes.jpg: not a picture",)
    assert len(dataset.labels) == 12


def test_too_many_unreadable(folder) -> None:
    root = folder()
    for number in range(6):
        (root / "cat" / f"broken{number}.jpg").write_text("no picture")
    message = (
        r"max_unreadable: 6 of 18 pictures \(33\.3%\).*at most 10\.0%.*: cat/broken0\.jpg: not a picture, .*, \.\.\.$"
    )
    with pytest.raises(InputError, match=message):
        load_dataset(directory(root))
    assert len(load_dataset(directory(root, max_unreadable=0.34)).labels) == 12
    with pytest.raises(InputError, match="6 of 18"):
        load_dataset(directory(root, max_unreadable=0.33))


def test_nothing_readable(tmp_path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").touch()
    with pytest.raises(InputError, match="2 of 2"):
        load_dataset(directory(tmp_path, max_unreadable=1.0))


def test_class_without_a_readable_picture(folder) -> None:
    root = folder()
    (root / "emu").mkdir()
    (root / "emu" / "a.png").touch()
    with pytest.raises(InputError, match="class 'emu' has no readable picture"):
        load_dataset(directory(root))


def test_classes_must_agree_between_splits(folder, picture) -> None:
    root = folder(splits=("train", "validation", "test"))
    picture(root / "test" / "emu" / "0.png", 1)
    with pytest.raises(InputError, match="class 'emu' is in test but not in train and validation"):
        load_dataset(directory(root))
    shutil.rmtree(root / "test" / "emu")
    shutil.rmtree(root / "validation" / "cat")
    with pytest.raises(InputError, match="class 'cat' is in test and train but not in validation"):
        load_dataset(directory(root))


def test_refused_folders(tmp_path, folder) -> None:
    root = folder()

    def refused(path, message: str) -> None:
        with pytest.raises(InputError, match=message):
            load_dataset(directory(path))

    refused(tmp_path / "none", r"dataset\.path: there is no such folder")
    refused(root / "cat" / "0.png", "and is a file")
    refused(root / "cat", "has no sub-folders")
    (root / "emu").mkdir()
    refused(root, "'emu' has no pictures")
    (root / "emu").rmdir()
    shutil.rmtree(root / "dog")
    refused(root, r"at least two classes \(got 'cat'\)")


def test_refused_folders_of_splits(folder) -> None:
    root = folder(splits=("train", "test"))
    (root / "test" / "emu").mkdir()
    with pytest.raises(InputError, match="'test/emu' has no pictures"):
        load_dataset(directory(root))
    (root / "test" / "emu").rmdir()
    shutil.copytree(root / "test", root / "val")
    shutil.copytree(root / "test", root / "validation")
    with pytest.raises(InputError, match="'val' and 'validation' are both a folder for validation"):
        load_dataset(directory(root))
    shutil.rmtree(root / "train")
    shutil.rmtree(root / "val")
    with pytest.raises(InputError, match="but none for train"):
        load_dataset(directory(root))


def test_limit_opens_no_more_than_it_takes(folder, monkeypatch) -> None:
    from cnnsearch.data import pictures

    opened = []
    original = pictures.open_picture
    monkeypatch.setattr(pictures, "open_picture", lambda path: opened.append(path) or original(path))
    load_dataset(directory(folder(each=20), limit=6), (4, 4))
    assert len(opened) == 6


def test_names_of_no_encoding_can_be_written_down(folder) -> None:
    root = folder()
    (root / "cat").rename(root / os.fsdecode(b"caf\xe9"))
    assert load_dataset(directory(root)).classes == ("caf�", "dog")
