from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.study.folder.packed import pack
from cnnsearch.study.store import LocalStore
from cnnsearch.study.store.atomic import write_atomic


def test_replaces_the_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "a long first content, größer")
    assert path.read_text(encoding="utf-8") == "a long first content, größer"
    write_atomic(path, b"\xff")
    assert path.read_bytes() == b"\xff"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_says_who_may_read(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        store = LocalStore(tmp_path)
        store.write("written", "x")
        store.append("logs/appended", ["x"])
        with store.new_file("new.keras") as path:
            path.write_bytes(b"x")
        write_atomic(tmp_path / "written", "replaced")
        packed = pack(store, tmp_path / "packed.zip")
    finally:
        os.umask(before)
    files = [tmp_path / "written", tmp_path / "logs" / "appended", tmp_path / "new.keras", packed]
    assert [path.stat().st_mode & 0o777 for path in files] == [mode] * 4


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    write_atomic(path, "old")

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_directory_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        write_atomic(tmp_path / "directory", "new")
    assert os.listdir(tmp_path) == ["directory"]
