from __future__ import annotations

import os
import shutil
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.kinds import kind_of
from cnnsearch.data.sources.spec import ArchiveSource, CsvSource, DirectorySource, JsonlSource, NpzSource, ParquetSource
from cnnsearch.errors import InputError

SOURCES = {
    "directory": DirectorySource,
    "archive": ArchiveSource,
    "npz": NpzSource,
    "parquet": ParquetSource,
    "csv": CsvSource,
    "jsonl": JsonlSource,
}


@pytest.fixture
def lying(tmp_path):
    """Path of something of each kind."""
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "photos" / "cat" / "0.png").write_bytes(b"?")
    shutil.make_archive(str(tmp_path / "zipped"), "zip", tmp_path / "photos")
    shutil.make_archive(str(tmp_path / "packed"), "gztar", tmp_path / "photos")
    np.savez(tmp_path / "arrays.npz", x=np.zeros(3))
    parquet.write_table(pa.table({"label": ["a"]}), tmp_path / "rows")
    (tmp_path / "list.csv").write_text("path,label\n")
    return tmp_path


KINDS = {
    "photos": "directory",
    "zipped.zip": "archive",
    "packed.tar.gz": "archive",
    "arrays.npz": "npz",
    "rows": "parquet",
    "list.csv": "",
    "none": "",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_what_lies_there(lying, name: str, kind: str) -> None:
    assert kind_of(lying / name) == kind


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind in KINDS.items() if kind])
@pytest.mark.parametrize("source", SOURCES)
def test_another_source_is_told_which_one_it_is(lying, source: str, name: str, kind: str) -> None:
    if kind == source or (source, kind) == ("parquet", "directory"):
        return
    with pytest.raises(InputError, match=rf"dataset\.path: is a .*: say source: {kind}, not {source} "):
        load_dataset(SOURCES[source](source=source, path=str(lying / name)))


def test_an_array_beside_pictures_does_not_make_an_npz(lying) -> None:
    with zipfile.ZipFile(lying / "zipped.zip", "a") as archive:
        archive.writestr("features.npy", b"")
    assert kind_of(lying / "zipped.zip") == "archive"


def test_a_pipe_is_not_read(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        os.write(pipe, b"PAR1")
        assert kind_of(tmp_path / "pipe") == ""
    finally:
        os.close(pipe)
