"""``cnnsearch cache``: what is kept for the next run, and what ``--clear`` leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import call, refuse

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft, Entry


def kept(root: Path) -> Entry:
    """An entry of 4,000 bytes, which is in use as long as it is there."""
    draft = Draft.begun(Cache(root, 10**6), "pixels", {"x": ((10, 100), np.dtype(np.int32))})
    assert draft is not None
    draft.write("x", 0, np.zeros((10, 100), np.int32))
    entry = draft.keep("key", {"name": "10 pictures of 10 x 10"})
    assert entry is not None
    return entry


def test_nothing_is_kept_before_the_first_run(tmp_path: Path) -> None:
    assert call("cache", "--cache", tmp_path / "none") == f"{tmp_path / 'none'}: 0 KB\n"


def test_it_tells_what_is_kept_and_clears_what_nobody_uses(tmp_path: Path) -> None:
    entry = kept(tmp_path)
    told = call("cache", "--cache", tmp_path)
    assert told.splitlines()[0] == f"{tmp_path}: 4 KB"
    assert " ".join(told.splitlines()[2].split()) == "pixels 10 pictures of 10 x 10 4 KB within the hour"
    assert call("cache", "--cache", tmp_path, "--clear").splitlines() == [
        f"{tmp_path}: 0 KB deleted",
        "4 KB stay, as runs use them",
    ]
    del entry
    assert call("cache", "--cache", tmp_path, "--clear") == f"{tmp_path}: 4 KB deleted\n"
    assert call("cache", "--cache", tmp_path) == f"{tmp_path}: 0 KB\n"


def test_downloads_are_told_and_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root = tmp_path / "cnnsearch"
    file = root / "downloads" / "0123" / "pictures.zip"
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(5000))
    told = [f"{root}: 0 KB", f"{root / 'downloads'}: 5 KB of downloads, on top of the bound"]
    assert call("cache").splitlines() == told
    assert call("cache", "--clear").splitlines()[-1].endswith("; they stay, delete them yourself")
    assert file.exists()


def test_one_that_cannot_be_cleared_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path)
    (tmp_path / "lock").unlink()
    (tmp_path / "lock").mkdir()  # as on a disk that is read-only, also for who may write everywhere
    told = refuse(monkeypatch, capsys, "cache", "--cache", tmp_path, "--clear")
    assert "--clear: cannot delete: Is a directory" in told
