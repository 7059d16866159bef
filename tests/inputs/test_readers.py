"""Pictures that other processes read are those that this one would read, whatever becomes of the processes."""

from __future__ import annotations

import logging
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from cnnsearch.cache.cache import Cache, cached_in
from cnnsearch.cache.rows import Rows
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.sources.spec import ArchiveSource, DirectorySource, ParquetSource
from cnnsearch.inputs.pictures import filling, readers
from cnnsearch.inputs.pictures.filling import filled
from cnnsearch.inputs.pictures.reading import Checked
from cnnsearch.inputs.pictures.stored import Form, Storing
from cnnsearch.inputs.pictures.traits import traits_of

SIZE = (12, 10)


@pytest.fixture(autouse=True)
def by_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two of them, however few files there are, and none is left."""
    monkeypatch.setattr(filling, "EACH", 1)
    monkeypatch.setattr(filling, "_BATCH", 3)
    monkeypatch.setattr(filling, "workers", lambda: 2)
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of two classes: colours and grey, PNG and JPEG; two files cannot be read, one of which claims too many pixels."""
    rng = np.random.default_rng(0)
    for number in range(14):
        path = tmp_path / "data" / "ab"[number % 2] / f"{number}.{'jpg' if number % 3 else 'png'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (40, 50) if number in (4, 9) else (40, 50, 3)
        Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8)).save(path)
    (tmp_path / "data" / "a" / "torn.jpg").write_bytes((tmp_path / "data" / "a" / "2.jpg").read_bytes()[:300])
    Image.new("RGB", (300, 200)).save(tmp_path / "data" / "b" / "large.png")
    return tmp_path / "data"


@pytest.fixture
def alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """What this process reads without others and without a cache."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20_000)
    return load_dataset(source(folder))


def source(folder: Path) -> DirectorySource:
    return DirectorySource(source="directory", path=str(folder), image_size=SIZE, max_unreadable=0.5)


def same(found: Dataset, expected: Dataset) -> bool:
    assert isinstance(found.pictures.at_rest(np.arange(3), SIZE), Rows)
    assert found.fingerprint == expected.fingerprint
    assert found.unreadable == expected.unreadable
    assert len(expected.unreadable) == 2
    everything = np.arange(len(expected.pictures))
    for size in (SIZE, (7, 9)):
        assert (np.asarray(found.pictures.at_rest(everything, size)) == expected.pictures.read(everything, size)).all()
    assert (traits_of(found.pictures) == traits_of(expected.pictures)).all()
    return True


def test_they_read_what_this_process_reads(
    folder: Path, alone: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    wrote = Storing.wrote
    monkeypatch.setattr(Storing, "wrote", lambda *given: written.extend(given[1]) or wrote(*given))
    with cached_in(Cache(tmp_path / "cache", 10**9)):
        assert same(load_dataset(source(folder)), alone)
    assert len(written) > 2 * 10  # of two sizes, and all but the first batch of each


def zipped(folder: Path, place: Path) -> ArchiveSource:
    with zipfile.ZipFile(place / "data.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder))
    return ArchiveSource(source="archive", path=str(place / "data.zip"), image_size=SIZE, max_unreadable=0.5)


def in_a_table(folder: Path, place: Path) -> ParquetSource:
    files = sorted(folder.rglob("*.*"))
    rows = {"image": [path.read_bytes() for path in files], "label": [path.parent.name for path in files]}
    parquet.write_table(pyarrow.table(rows), place / "data.parquet", row_group_size=5)
    return ParquetSource(source="parquet", path=str(place / "data.parquet"), image_size=SIZE, max_unreadable=0.5)


@pytest.mark.parametrize("packed", [zipped, in_a_table])
def test_pictures_that_lie_within_a_file(folder: Path, tmp_path: Path, alone: Dataset, packed: Any) -> None:
    given = packed(folder, tmp_path)
    with cached_in(Cache(tmp_path / "cache", 10**9)):
        found = load_dataset(given)
    assert len(found.unreadable) == 2
    expected = dict(zip(alone.pictures.digests, alone.pictures.read(np.arange(14), SIZE), strict=True))
    assert {*found.pictures.digests} == {*expected}
    for digest, pixels in zip(found.pictures.digests, found.pictures.read(np.arange(14), SIZE), strict=True):
        assert (pixels == expected[digest]).all()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("raise SystemExit('no room')", "ended with exit code 1 (no room)"),
        ("import sys; print('Loading', flush=True); sys.stdin.buffer.read()", "ended with exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
        (None, "cannot be started"),
    ],
)
def test_without_them_this_process_reads_and_says_so_once(
    folder: Path,
    alone: Dataset,
    tmp_path: Path,
    harm: str | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if harm is None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    else:
        monkeypatch.setattr(readers, "_BEGIN", harm)
    with cached_in(Cache(tmp_path / "cache", 10**9)), caplog.at_level(logging.WARNING):
        found = load_dataset(source(folder))
    assert [told in record.message for record in caplog.records] == [True], caplog.text
    assert same(found, alone)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_reading_ends_them(folder: Path, tmp_path: Path, error: type[BaseException]) -> None:
    files = dict(enumerate(path for path in sorted(folder.rglob("*.*")) if path.stem.isdigit()))
    storing = Storing(Cache(tmp_path / "cache", 10**9), Form(SIZE, 3, "|u1", "any"), len(files))
    taken: list[Any] = []

    def take(answer: Any) -> None:
        taken.append(answer)
        if len(taken) > 8:
            raise error

    with pytest.raises(error):
        filled(storing, Checked(3, SIZE, 3, "full", "stretch"), files, take)
    storing.drop()
