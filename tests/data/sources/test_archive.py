"""Archives are read where they lie: nothing of them gets out, and what is not read is told."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.sources.remote import kept_files
from cnnsearch.data.sources.spec import ArchiveSource
from cnnsearch.errors import InputError


def png(level: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (4, 4), level).save(stream, "png")
    return stream.getvalue()


PICTURES = {f"{name}/{number}.png": png(10 * number + len(name)) for name in ("a", "bb") for number in range(3)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cnnsearch" / "downloads"


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes], form: Any = "w", links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return path


def loaded(path: Path, **keys: Any) -> Dataset:
    return load_dataset(ArchiveSource(source="archive", path=str(path), **keys))


def levels(dataset: Dataset) -> dict[str, int]:
    read = dataset.pictures.read(np.arange(len(dataset.pictures)))
    return {dataset.pictures.name(index): int(picture[0, 0, 0]) for index, picture in enumerate(read)}


EXPECTED = {name: 10 * int(name[-5]) + len(name.split("/")[0]) for name in PICTURES}


@pytest.mark.parametrize("form", ["w", "w:gz", "w:bz2", "w:xz", "stored", "deflated", "after other bytes"])
def test_every_picture_is_that_of_the_archive(form: str, tmp_path: Path) -> None:
    if form.startswith("w"):
        path = tarred(tmp_path / "data.tar", PICTURES, form)
    else:
        path = zipped(tmp_path / "data.zip", PICTURES, zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED)
    if form == "after other bytes":  # as of one that unpacks itself
        path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    dataset = loaded(path)
    assert levels(dataset) == EXPECTED
    assert dataset.targets.names == ("a", "bb")
    assert (dataset.left_out, dataset.unreadable, dataset.notes) == ((), (), ())


def test_a_compressed_tar_is_decompressed_once(tmp_path: Path, cache: Path) -> None:
    path = tarred(tmp_path / "data.tar.gz", PICTURES, "w:gz")
    loaded(path)
    (before,) = [(file, file.stat().st_mtime_ns) for file in cache.rglob("*.tar")]
    loaded(path)
    assert [(file, file.stat().st_mtime_ns) for file in cache.rglob("*.tar")] == [before]
    tarred(path, {**PICTURES, "a/3.png": png(7)}, "w:gz")
    assert len(loaded(path).pictures) == 7


def test_folders_around_the_classes_are_passed_through(tmp_path: Path) -> None:
    files = {f"set/pictures/{name}": content for name, content in PICTURES.items()}
    dataset = loaded(zipped(tmp_path / "a.zip", {**files, "__MACOSX/set/._1.png": b"", "set/readme.txt": b""}))
    assert list(levels(dataset).values()) == list(EXPECTED.values())
    assert [left.kind for left in dataset.left_out] == ["hidden files and folders, and those of operating systems"]


def test_splits_are_those_of_the_folders(tmp_path: Path) -> None:
    files = {f"set/{split}/{name}": content for split in ("Training", "test") for name, content in PICTURES.items()}
    dataset = loaded(zipped(tmp_path / "a.zip", files))
    assert dataset.given is not None
    assert sorted(set(dataset.given.tolist())) == ["test", "train"]
    only = {f"test/{name}": content for name, content in PICTURES.items()}
    with pytest.raises(InputError, match="has a folder for test, but none for train"):
        loaded(zipped(tmp_path / "b.zip", only))


def test_nothing_gets_out(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(200))
    out = {name: png(1) for name in ("../secret.png", "/etc/a/1.png", "a/../../b/1.png", "C:/a/1.png", "..\\a\\1.png")}
    for path in (zipped(tmp_path / "a.zip", PICTURES | out), tarred(tmp_path / "a.tar", PICTURES | out)):
        dataset = loaded(path)
        assert levels(dataset) == EXPECTED
        assert [(left.kind, left.count) for left in dataset.left_out] == [
            ("members whose names lead out of the archive", 5)
        ]
    linked = loaded(tarred(tmp_path / "b.tar", PICTURES, links={"a/link.png": str(tmp_path / "secret.png")}))
    assert levels(linked) == EXPECTED
    assert [str(left) for left in linked.left_out] == ["links, which are not followed in an archive: 1 (a/link.png)"]


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", PICTURES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a/other.png", png(1), zipfile.ZIP_LZMA)
        archive.writestr("a/locked.png", png(1))
        archive.getinfo("a/locked.png").flag_bits |= 1
    kinds = [str(left) for left in loaded(path).left_out]
    assert kinds == [
        "encrypted files: 1 (a/locked.png)",
        "files that are compressed in another way than by deflate: 1 (a/other.png)",
    ]


def test_of_two_of_one_name_the_later_one(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", PICTURES)
    with tarfile.open(path, "a") as archive:
        member = tarfile.TarInfo("a/0.png")
        member.size = len(png(99))
        archive.addfile(member, io.BytesIO(png(99)))
    assert levels(loaded(path)) == {**EXPECTED, "a/0.png": 99}


def test_a_damaged_member_is_unreadable_by_name(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", PICTURES, zipfile.ZIP_STORED)
    content = path.read_bytes()
    at = content.index(b"IDAT") + 6
    path.write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
    dataset = loaded(path, max_unreadable=0.2)
    assert dataset.unreadable == ("a/0.png: damaged: it is not what the archive says of it",)


def garbled(path: Path, mode: str) -> Path:
    """A compressed tar with other bytes in its middle."""
    noise = random.Random(0)  # of few letters, so that there is something to compress
    tarred(path, {f"a/{number}.png": bytes(noise.choices(b"abcd", k=50_000)) for number in range(2)}, mode)
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + b"\xff" * 64 + content[middle + 64 :])
    return path


def test_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.zip").write_text("no archive")
    cut = tarred(tmp_path / "cut.tar.gz", PICTURES, "w:gz")
    cut.write_bytes(cut.read_bytes()[:-30])
    for path, rule in (
        (tmp_path / "none.zip", "there is no such file"),
        (tmp_path / "text.zip", r"is neither a zip nor a tar \(also \.tar\.gz"),
        (zipped(tmp_path / "empty.zip", {"a/notes.txt": b""}), "has no pictures in it"),
        (zipped(tmp_path / "flat.zip", {"1.png": png(1)}), "has no sub-folders"),
        (cut, "cannot be read as an archive"),
        (garbled(tmp_path / "garbled.tar.gz", "w:gz"), "cannot be read as an archive"),
        (garbled(tmp_path / "garbled.tar.xz", "w:xz"), "cannot be read as an archive"),
    ):
        with pytest.raises(InputError, match=rule):
            loaded(path)
    monkeypatch.setattr(kept_files, "UNSUSPECTED", 1)
    monkeypatch.setattr(kept_files, "MOST_RATIO", 2)
    with pytest.raises(InputError, match=r"grows to more than 0\.0 GB when it is decompressed, 2 times its size"):
        loaded(tarred(tmp_path / "bomb.tar.gz", {"a/1.png": bytes(100_000)}, "w:gz"))


def test_evaluate_reads_them_too(tmp_path: Path) -> None:
    x, y, rest, *_ = load_labelled(str(zipped(tmp_path / "a.zip", PICTURES)), ("bb", "a"), 1, (4, 4))
    assert x[:, 0, 0, 0].tolist() == list(EXPECTED.values())
    assert y.tolist() == [1, 1, 1, 0, 0, 0]
    assert rest == ()
