"""Files that the cache knows are not opened again, whatever became of their names; nothing else differs."""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.cache import told
from cnnsearch.cache.cache import Cache, cached_in
from cnnsearch.cache.entries import SYNC
from cnnsearch.cache.rows import Rows
from cnnsearch.inputs.pictures import reading
from cnnsearch.inputs.pictures.opened import is_turned
from cnnsearch.inputs.pictures.opening import open_files
from cnnsearch.inputs.pictures.pictures import FilePictures, PictureFile
from cnnsearch.inputs.pictures.threads import in_threads
from cnnsearch.inputs.pictures.traits import traits_of

SIZE = (8, 6)
LONG_AGO = 1_600_000_000


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_TOLD", set())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 10**9)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were written just now are old enough to be recognised."""
    monkeypatch.setattr("cnnsearch.inputs.pictures.facts._SETTLED", -(10**10))


class Reads(list[str]):
    """Names of the files that were read, and ``decode`` for each that was decoded."""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    read, decode = reading.read_file, reading.open_at
    monkeypatch.setattr(reading, "read_file", lambda path: found.append(path.name) or read(path))
    monkeypatch.setattr(reading, "open_at", lambda *given: found.append("decode") or decode(*given))
    return found


def picture(path: Path, seed: int, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (20, 30) if mode in ("L", "I;16") else (20, 30, 3)
    values = np.random.default_rng(seed).integers(0, 256, shape)
    Image.fromarray(values.astype(np.uint16 if mode == "I;16" else np.uint8)).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        picture(tmp_path / "data" / f"{number}.png", number)
    return tmp_path / "data"


def opened(folder: Path, cache: Cache | None, size: Any = SIZE, color: Any = "rgb") -> FilePictures:
    files = [PictureFile(path, path.name) for path in sorted(folder.iterdir())]
    with cached_in(cache):
        return open_files(files, color, size)[0]


def same(found: FilePictures, expected: FilePictures, size: Any = SIZE) -> bool:
    everything = np.arange(len(expected))
    assert found.fingerprint == expected.fingerprint
    assert found.digests == expected.digests
    assert found.channels == expected.channels
    assert found.dtype == expected.dtype
    assert (found.sizes == expected.sizes).all()
    assert found.altered == expected.altered
    assert found.names == expected.names
    assert (found.looks is None) == (expected.looks is None)
    assert found.looks is None or (found.looks == expected.looks).all()
    rest = found.at_rest(everything, size)
    assert rest.dtype == expected.dtype
    assert (np.asarray(rest) == expected.read(everything, size)).all()
    assert (found.read(everything[::2], size) == expected.read(everything[::2], size)).all()
    return True


@pytest.mark.usefixtures("settled")
def test_the_second_run_opens_no_file(folder: Path, cache: Cache, reads: Reads) -> None:
    expected = opened(folder, None)
    first = opened(folder, cache)
    assert same(first, expected)
    reads.clear()
    second = opened(folder, cache)
    assert reads == []
    assert same(second, expected)
    assert isinstance(second.decoded, Rows)
    assert isinstance(second.at_rest(np.arange(2), SIZE), Rows)


def test_a_file_that_was_written_just_now_is_read_again(folder: Path, cache: Cache, reads: Reads) -> None:
    opened(folder, cache)
    reads.clear()
    opened(folder, cache)
    assert sorted(reads) == [f"{number}.png" for number in range(6)]  # and none is decoded


@pytest.mark.usefixtures("settled")
def test_files_of_other_times_and_names_are_known_by_their_content(folder: Path, cache: Cache, reads: Reads) -> None:
    expected = opened(folder, cache)
    os.utime(folder / "3.png", (LONG_AGO, LONG_AGO))
    reads.clear()
    assert same(opened(folder, cache), expected)
    assert reads == ["3.png"]
    shutil.copytree(folder, folder.parent / "copy")
    reads.clear()
    assert opened(folder.parent / "copy", cache).digests == expected.digests
    assert "decode" not in reads
    assert len(reads) == 6


@pytest.mark.usefixtures("settled")
def test_what_is_new_alone_is_decoded(folder: Path, cache: Cache, reads: Reads) -> None:
    opened(folder, cache)
    picture(folder / "2b.png", 77)
    picture(folder / "4.png", 78)
    reads.clear()
    found = opened(folder, cache)
    assert sorted(reads) == ["2b.png", "4.png", "decode", "decode"]
    assert same(found, opened(folder, None))


@pytest.mark.usefixtures("settled")
def test_a_part_of_what_is_known_needs_no_entry_of_its_own(folder: Path, cache: Cache, reads: Reads) -> None:
    opened(folder, cache)
    for number in (0, 4):
        (folder / f"{number}.png").unlink()
    reads.clear()
    assert same(opened(folder, cache), opened(folder, None))
    assert len(cache.entries("pixels")) == 1


@pytest.mark.usefixtures("settled")
def test_the_same_size_and_times_are_not_the_same_file(folder: Path, cache: Cache) -> None:
    old = folder / "1.png"
    opened(folder, cache)
    stat = old.stat()
    raw = bytearray(old.read_bytes())
    Image.open(old).transpose(Image.Transpose.ROTATE_180).save(old)
    content = old.read_bytes()[: len(raw)].ljust(len(raw), b"\0")  # a chunk more or less of a PNG's end is no matter
    old.write_bytes(content)
    os.utime(old, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert old.stat().st_size == stat.st_size
    assert old.stat().st_mtime_ns == stat.st_mtime_ns
    assert opened(folder, cache).digests == opened(folder, None).digests


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("color", ["auto", "grey", "rgb"])
@pytest.mark.parametrize("modes", [("L", "L", "RGB"), ("RGB", "L", "L"), ("L", "L", "L"), ("I;16", "L", "I;16")])
def test_pictures_of_all_modes_are_as_without_a_cache(
    tmp_path: Path, cache: Cache, modes: tuple[str, ...], color: str
) -> None:
    for number, mode in enumerate(modes):
        picture(tmp_path / "data" / f"{number}.png", number, mode)
    (tmp_path / "data" / "1b.png").write_bytes(b"no picture")
    expected = opened(tmp_path / "data", None, color=color)
    for _ in range(3):
        assert same(opened(tmp_path / "data", cache, color=color), expected)
    for _ in range(2):
        found = opened(tmp_path / "data", cache, (5, 5), color)
        assert same(found, expected, (5, 5))
        assert same(found, expected, (7, 5))


@pytest.mark.usefixtures("settled")
@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_traits_are_kept_with_the_pixels(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, size: Any, mode: str
) -> None:
    for number in range(6):
        picture(tmp_path / "data" / f"{number}.png", number, mode)
    everything, color = np.arange(6), "rgb" if mode == "RGB" else "auto"
    expected = traits_of(opened(tmp_path / "data", None, size or (20, 30), color))
    first = opened(tmp_path / "data", cache, size, color)
    assert (traits_of(first) == expected).all()
    monkeypatch.setattr(FilePictures, "read", None)  # no pixels are read for the traits of a later run
    second = opened(tmp_path / "data", cache, size, color)
    assert (traits_of(second) == expected).all()
    assert (traits_of(pickle.loads(pickle.dumps(second)).take(everything[::-2])) == expected[::-2]).all()


def test_of_16_bits_they_depend_on_all_pictures(tmp_path: Path, cache: Cache) -> None:
    for number in range(3):
        picture(tmp_path / "data" / f"{number}.png", number, "I;16")
    found = opened(tmp_path / "data", cache, color="auto")
    assert found.kept_traits() is None
    assert (traits_of(found) == traits_of(opened(tmp_path / "data", None, color="auto"))).all()


def test_a_size_that_is_searched_is_kept_too(folder: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = opened(folder, None, None)
    found = opened(folder, cache, None)
    assert found.decoded is None
    assert same(found, expected, (4, 4))
    assert same(found, expected, None)
    again = pickle.loads(pickle.dumps(opened(folder, cache, None)))
    right = expected.read(np.arange(6), (4, 4))
    monkeypatch.setattr(reading, "decode", None)
    assert (np.asarray(again.at_rest(np.arange(6), (4, 4))) == right).all()


def test_a_dataset_is_sent_without_its_pixels(tmp_path: Path, cache: Cache) -> None:
    picture(tmp_path / "data" / "0.png", 0)
    found = opened(tmp_path / "data", cache, (400, 400))
    assert len(pickle.dumps(found)) < 5_000


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("harm", ["full", "read-only", "torn", "torn facts", "gone"])
def test_trouble_with_the_cache_changes_no_result(
    folder: Path, cache: Cache, harm: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = opened(folder, None)
    if harm == "full":

        def write(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cnnsearch.cache.entries._write", write)
    elif harm == "read-only":
        cache = Cache(folder / "0.png" / "cache", 10**9)
    else:
        opened(folder, cache)
        for file in cache.root.rglob("*.npz" if harm == "torn facts" else "pixels.npy"):
            content = file.read_bytes()
            file.write_bytes(content[: len(content) // 2])
        if harm == "gone":
            shutil.rmtree(cache.root / "pixels")
    with caplog.at_level(logging.WARNING):
        found = opened(folder, cache)
    assert same(found, expected)
    told_once = [record.message for record in caplog.records]
    assert len(told_once) == (0 if harm == "gone" else 1), told_once
    assert all(message.endswith("this costs time, and changes no result") for message in told_once)


def test_pixels_that_went_are_decoded_again(folder: Path, cache: Cache) -> None:
    found = pickle.loads(pickle.dumps(opened(folder, cache)))
    for thread in threading.enumerate():
        if thread.name == SYNC:  # it leaves a file in what is removed
            thread.join()
    shutil.rmtree(cache.root)
    assert same(found, opened(folder, None))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_whether_a_picture_is_turned_is_known_before_it_is_decoded(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    for orientation in (None, 1, 6):
        exif = Image.Exif()
        if orientation:
            exif[274] = orientation
        Image.new("RGB", (400, 300)).save(path, kind, **({"exif": exif} if orientation else {}))
        assert is_turned(path) == (orientation == 6)
    path.write_bytes(path.read_bytes()[:40])
    assert not is_turned(path)


def test_nothing_more_is_begun_once_one_has_failed() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        time.sleep(0.001)  # all of them together would take seconds, so that they are not over before the first is told
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        in_threads(fail, range(10_000))
    assert len(begun) < 10_000


@pytest.mark.usefixtures("settled")
def test_the_fingerprint_is_that_of_the_contents(folder: Path, cache: Cache) -> None:
    contents = [path.read_bytes() for path in sorted(folder.iterdir())]
    digest = hashlib.sha256(b"3" + b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    make: Callable[[], FilePictures] = lambda: opened(folder, cache)  # noqa: E731
    assert make().fingerprint == make().fingerprint == digest


def test_what_the_cache_is_short_of_is_told_where_its_words_are_kept(folder: Path, cache: Cache) -> None:
    """In a process for stages, nobody reads what a thread tells; it is sent to the driver."""
    pictures = replace(opened(folder, cache), cache=Cache(cache.root, 10))
    with told.untold() as troubles:
        pictures.at_rest(np.arange(len(pictures)), (16, 16))
    assert "are to be kept, and the bound is" in troubles[0][1]
