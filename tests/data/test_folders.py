from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.sources.class_files import EXTENSIONS
from cnnsearch.data.sources.spec import DirectorySource
from cnnsearch.data.split import split_dataset
from cnnsearch.errors import InputError

HIDDEN = "hidden files and folders, and those of operating systems"


def directory(path, **keys) -> DirectorySource:
    return DirectorySource(source="directory", path=str(path), **keys)


def test_every_extension_in_any_case(tmp_path, picture) -> None:
    for extension in EXTENSIONS:
        picture(tmp_path / "cat" / f"lower{extension}", 1)
        picture(tmp_path / "dog" / f"upper{extension.upper()}", 2)
    assert np.bincount(load_dataset(directory(tmp_path)).targets.values).tolist() == [len(EXTENSIONS)] * 2


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
    assert dataset.targets.names == ("9", "10")
    assert [path.name for path in dataset.pictures.paths] == ["img1.png", "img2.png", "img10.png"] * 2


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train", "test"), {"train", "test"}),
        (("train", "val"), {"train", "validation"}),
        (("Train", "valid", "TEST"), {"train", "validation", "test"}),
        (("Training", "Testing"), {"train", "test"}),
        (("train", "dev", "test"), {"train", "validation", "test"}),
        (("train", "eval"), {"train", "validation"}),
        (("train_set", "evaluation-set", "test_set"), {"train", "validation", "test"}),
        (("TRAIN DATA", "VALIDATION DATA"), {"train", "validation"}),
        (("train2017", "val2017"), {"train", "validation"}),
        (("seg_train", "seg_test"), {"train", "test"}),
    ],
)
def test_folders_of_splits(folder, names, splits) -> None:
    dataset = load_dataset(directory(folder(splits=names)))
    assert dataset.targets.names == ("cat", "dog")
    assert set(dataset.given.tolist()) == splits


def test_folders_beside_those_of_splits(folder, picture) -> None:
    root = folder(splits=("train", "val"))
    picture(root / "__MACOSX" / "train" / "cat" / "._0.png", 1)
    picture(root / ".cache" / "0.png", 1)
    (root / "runs" / "first").mkdir(parents=True)
    dataset = load_dataset(directory(root))
    assert dataset.targets.names == ("cat", "dog")
    assert dataset.left_out == (
        LeftOut("folders without pictures, beside those of the splits", 1, ("runs",)),
        LeftOut(HIDDEN, 2, (".cache", "__MACOSX"), expected=True),
    )
    picture(root / "runs" / "first" / "0.png", 1)
    with pytest.raises(InputError, match="'train' and 'val' look like splits, and beside them lies 'runs' with pict"):
        load_dataset(directory(root))


def test_one_split_beside_folders_of_other_names(folder, picture) -> None:
    root = folder(splits=("train",))
    picture(root / "holdout" / "cat" / "0.png", 1)
    with pytest.raises(InputError, match="'train' looks like a split, and beside it lies 'holdout' with pictures"):
        load_dataset(directory(root))


def test_what_the_system_left_among_classes(folder, picture) -> None:
    root = folder()
    picture(root / "__MACOSX" / "._0.png", 1)
    dataset = load_dataset(directory(root))
    assert dataset.targets.names == ("cat", "dog")
    assert dataset.left_out == (LeftOut(HIDDEN, 1, ("__MACOSX",), expected=True),)


def test_pictures_in_sub_folders_are_of_their_class(folder, picture) -> None:
    root = folder()
    for number in range(3):
        picture(root / "dog" / "second day" / "evening" / f"{number}.png", 50 + number)
    (root / "dog" / "again").symlink_to(root / "dog")
    dataset = load_dataset(directory(root))
    assert np.bincount(dataset.targets.values).tolist() == [6, 9]
    assert dataset.notes == (
        "3 of 15 pictures lie in sub-folders of a class and are of that class, as dog/second day/evening/0.png",
    )
    assert dataset.left_out == (LeftOut("links to a folder that they lie in", 1, ("dog/again",)),)


def test_pictures_in_sub_folders_may_be_left_out(folder, picture) -> None:
    root = folder()
    picture(root / "dog" / "second day" / "0.png", 50)
    dataset = load_dataset(directory(root, recursive=False))
    assert np.bincount(dataset.targets.values).tolist() == [6, 6]
    kind = "pictures in sub-folders of a class (recursive: false)"
    assert (dataset.notes, dataset.left_out) == ((), (LeftOut(kind, 1, ("dog/second day/0.png",)),))
    picture(root / "bird" / "far" / "0.png", 51)
    with pytest.raises(InputError, match="'bird' has no pictures directly in it, and recursive: false takes none"):
        load_dataset(directory(root, recursive=False))


def test_frames_that_are_not_read_are_told(folder) -> None:
    root = folder()
    black, red = (Image.new("RGB", (5, 6), colour) for colour in ("black", "red"))
    for name in ("cat/moving.gif", "dog/pages.tiff"):
        black.save(root / name, save_all=True, append_images=[red])
    black.save(root / "dog" / "still.gif")
    dataset = load_dataset(directory(root))
    assert dataset.pictures.altered == (
        "2 of 15 pictures are read without the frames or pages after the first one (the first one: cat/moving.gif)",
    )
    (moving,) = (index for index in range(15) if dataset.pictures.name(index) == "cat/moving.gif")
    assert not dataset.pictures.read(np.array([moving]), (6, 5)).any()


def test_files_that_are_no_pictures_are_told_by_kind(folder, picture) -> None:
    root = folder()
    for name in ("cat/a.HEIC", "cat/b.heic", "dog/more", "dog/notes.txt", "dog/Thumbs.db", "dog/.DS_Store"):
        (root / name).write_text("?")
    picture(root / "0.png", 1)
    picture(root / "cat" / "._0.png", 1)
    assert load_dataset(directory(root)).left_out == (
        LeftOut("files that end in .heic, which are not read", 2, ("cat/a.HEIC", "cat/b.heic")),
        LeftOut("files without a suffix, which are not read", 1, ("dog/more",)),
        LeftOut("pictures beside the folders of the classes", 1, ("0.png",)),
        LeftOut("files that end in .txt, which are not read", 1, ("dog/notes.txt",), expected=True),
        LeftOut(HIDDEN, 1, ("cat/._0.png",), expected=True),
    )


def test_folders_around_the_classes_are_doubted(folder) -> None:
    dataset = load_dataset(directory(folder(splits=("north", "south"))))
    assert dataset.targets.names == ("north", "south")
    assert dataset.notes == (
        "24 of 24 pictures lie in sub-folders of a class and are of that class, as north/cat/0.png",
        "the folders 'north' and 'south' are taken for classes, and all have the same sub-folders, 'cat' and 'dog': if "
        "these are the classes, name the folders around them train, validation and test",
    )


def test_a_class_may_have_a_split_in_its_name(folder) -> None:
    root = folder(classes=("bus_station", "train_station"))
    assert load_dataset(directory(root)).targets.names == ("bus_station", "train_station")


def test_splits_inside_of_classes_are_refused(folder, picture) -> None:
    root = folder()
    for split in ("train", "test"):
        picture(root / "cat" / split / "0.png", 1)
    with pytest.raises(InputError, match=r"'cat' has folders of splits, 'test' and 'train': the splits come first her"):
        load_dataset(directory(root))


def test_a_folder_around_the_classes_is_named(folder) -> None:
    root = folder()
    with pytest.raises(InputError, match=f"has a single sub-folder, .*: name that folder, {root}"):
        load_dataset(directory(root.parent))


def test_classes_are_chosen_before_the_limit(folder) -> None:
    root = folder(classes=("ant", "bee", "cat"), each=20)
    dataset = load_dataset(directory(root, classes=("ant", "cat"), limit=10))
    assert dataset.targets.names == ("ant", "cat")
    assert np.bincount(dataset.targets.values).tolist() == [5, 5]
    with pytest.raises(InputError, match="names a class that is not there; did you mean 'bee'"):
        load_dataset(directory(root, classes=("ant", "bees")))


def test_train_alone_is_no_split(folder) -> None:
    assert load_dataset(directory(folder(splits=("train",)))).given is None


def test_class_may_be_called_train(folder) -> None:
    dataset = load_dataset(directory(folder(classes=("bus", "train"))))
    assert dataset.targets.names == ("bus", "train")
    assert dataset.given is None


def test_unreadable_are_listed_and_skipped(folder) -> None:
    root = folder()
    (root / "cat" / "notes.jpg").write_text("no picture")
    dataset = load_dataset(directory(root))
    assert dataset.unreadable == ("cat/notes.jpg: not a picture",)
    assert len(dataset.targets.values) == 12


def test_too_many_unreadable(folder) -> None:
    root = folder()
    for number in range(6):
        (root / "cat" / f"broken{number}.jpg").write_text("no picture")
    message = (
        r"max_unreadable: 6 of 18 pictures \(33\.3%\).*at most 10\.0%.*: cat/broken0\.jpg: not a picture, .*, \.\.\.$"
    )
    with pytest.raises(InputError, match=message):
        load_dataset(directory(root))
    assert len(load_dataset(directory(root, max_unreadable=0.34)).targets.values) == 12
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
    from cnnsearch.inputs.pictures import reading

    opened = []
    original = reading.open_at
    monkeypatch.setattr(reading, "open_at", lambda content, *how: opened.append(1) or original(content, *how))
    load_dataset(directory(folder(each=20), limit=6), (4, 4))
    assert len(opened) == 6


def test_classes_of_no_encoding_stay_apart(tmp_path, picture) -> None:
    names = [os.fsdecode(word.encode("cp1251")) for word in ("кот", "пёс", "лев", "медведь")]
    for name in names:
        for number in range(3):
            picture(tmp_path / name / f"{number}.png", number)
    dataset = load_dataset(directory(tmp_path))
    assert sorted(dataset.targets.names) == sorted(names)
    assert np.bincount(dataset.targets.values).tolist() == [3] * 4
    assert json.loads(json.dumps(dataset.describe(split_dataset(dataset, 0.4, 0.0, 0))))["classes"] == [
        *dataset.targets.names
    ]


def test_classes_of_two_unicode_forms_are_one(tmp_path, picture) -> None:
    for number, name in enumerate(("caf\u00e9", "cafe\u0301", "dog")):
        picture(tmp_path / name / "0.png", number)
    dataset = load_dataset(directory(tmp_path))
    assert dataset.targets.names == ("caf\u00e9", "dog")
    assert np.bincount(dataset.targets.values).tolist() == [2, 1]
    assert "2 Unicode forms" in dataset.notes[0]
