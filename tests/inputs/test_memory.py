from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.spec import DirectorySource
from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures import memory
from cnnsearch.inputs.pictures.memory import check_memory, free_bytes
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.memory_limits import Limit

BYTES = np.dtype(np.uint8)


@pytest.fixture
def one_gigabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 2**30)


@pytest.mark.usefixtures("one_gigabyte")
def test_what_is_needed_and_what_is_free_are_told() -> None:
    check_memory(1024, (512, 512), 4, BYTES)
    with pytest.raises(InputError) as refused:
        check_memory(1025, (512, 1024), 3, np.dtype(np.float32))
    assert str(refused.value) == (
        "1,025 pictures of 512x1024 pixels and 3 channels need 6.0 GB of memory, and 1.0 GB are free: set image_size "
        "smaller, or limit to fewer pictures"
    )


@pytest.fixture
def grey(tmp_path: Path) -> DirectorySource:
    """Four pictures of two by two pixels, which would be large at the size that is asked for: 16 MB each in grey."""
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new("L", (2, 2)).save(tmp_path / name / f"{number}.png")
    return DirectorySource(source="directory", path=str(tmp_path), image_size=4096)


def test_files_that_do_not_fit_are_not_decoded(grey: DirectorySource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SMALL", 0)
    monkeypatch.setattr(memory, "free_bytes", lambda: 2**25)
    with pytest.raises(InputError, match=r"^4 pictures of 4096x4096 pixels and 1 channel need 0\.1 GB of memory, and"):
        load_dataset(grey)


def test_files_that_fit_in_grey_only_are_decoded_when_they_are_read(
    grey: DirectorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SMALL", 0)
    monkeypatch.setattr(memory, "free_bytes", lambda: 2**26)  # four in one channel, and no more
    pictures = load_dataset(grey).pictures
    assert pictures.read(np.arange(1), (4096, 4096)).shape == (1, 4096, 4096, 1)
    with pytest.raises(InputError, match="8 pictures of 4096x4096 pixels and 1 channel need"):
        pictures.read(np.zeros(8, np.int64), (4096, 4096))


@pytest.mark.usefixtures("one_gigabyte")
def test_arrays_that_would_grow_beyond_it_are_refused() -> None:
    pictures = ArrayPictures(np.zeros((2, 1, 1, 1), np.float64))
    with pytest.raises(InputError, match=r"2 pictures of 9000x9000 pixels and 1 channel need 1\.2 GB of memory"):
        pictures.read(np.arange(2), (9000, 9000))


def test_what_numpy_cannot_allocate_is_told(grey: DirectorySource, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError("Unable to allocate 141. GiB")

    monkeypatch.setitem(load_dataset.__globals__["LOADERS"], DirectorySource, exhausted)
    with pytest.raises(InputError, match=r"^dataset: does not fit into memory \(Unable to allocate 141. GiB\): give"):
        load_dataset(grey)


def test_a_group_and_ulimit_may_leave_less_than_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "group_limits", lambda: [Limit("of the group", 900, 700), Limit("around it", 800, 750)])
    assert free_bytes() == 700
    monkeypatch.setattr(memory, "address_limit", lambda: Limit("of addresses", 800, 600))
    assert free_bytes() == 600
    monkeypatch.setattr(memory, "group_limits", list)
    monkeypatch.setattr(memory, "address_limit", lambda: None)
    assert free_bytes() > 2**20
