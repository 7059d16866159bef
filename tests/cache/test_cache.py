"""Entries on disk: whole or not there, within the bound, and never in anybody's way."""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import os
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

from cnnsearch.cache import cache as cache_module
from cnnsearch.cache import entries, told
from cnnsearch.cache.cache import Cache, cached_in, current_cache, default_root
from cnnsearch.cache.entries import Draft, Entry, open_entry
from cnnsearch.cache.rows import GoneError, Rows

VALUES = np.arange(60, dtype=np.int32).reshape(10, 6)


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_TOLD", set())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 10**6)


def kept(cache: Cache, key: str, values: np.ndarray = VALUES) -> Entry:
    draft = Draft.begun(cache, "pixels", {"x": (values.shape, values.dtype)})
    assert draft is not None
    for row, each in enumerate(values):
        draft.write("x", row, each[np.newaxis])
    entry = draft.keep(key, {"name": "made"})
    assert entry is not None
    return entry


def settled(folder: Path) -> None:
    """The disk has it, and nobody holds it."""
    for thread in threading.enumerate():
        if thread.name == entries.SYNC:
            thread.join()
    assert (folder / "synced").exists()


def test_rows_are_those_that_were_written(cache: Cache) -> None:
    entry = kept(cache, "a")
    rows = Rows(entry.arrays["x"], np.array([3, 1, 3]))
    assert (np.asarray(rows) == VALUES[[3, 1, 3]]).all()
    assert rows.shape == (3, 6)
    assert rows.nbytes == 72
    assert rows.dtype == np.int32
    assert (rows[1:] == VALUES[[1, 3]]).all()
    assert (rows[np.array([2, 0])] == VALUES[[3, 3]]).all()
    assert (rows.take(np.array([1]))[:] == VALUES[[1]]).all()
    assert (np.load(entry.folder / "x.npy") == VALUES).all()
    assert not rows.of.array.flags.writeable


def test_rows_travel_as_a_path(cache: Cache) -> None:
    rows = Rows(kept(cache, "a", np.zeros((1000, 100))).arrays["x"], np.arange(1000))
    sent = pickle.dumps(rows)
    assert len(sent) < 10_000
    assert (pickle.loads(sent)[:5] == 0).all()


def test_another_machine_says_that_it_has_no_such_file(cache: Cache, tmp_path: Path) -> None:
    sent = pickle.dumps(Rows(kept(cache, "a").arrays["x"], np.arange(3)))
    (tmp_path / "cache").rename(tmp_path / "elsewhere")
    rows = pickle.loads(sent)
    assert not rows.is_here
    with pytest.raises(GoneError):
        rows[:]


def test_a_draft_is_seen_by_nobody(cache: Cache) -> None:
    draft = Draft.begun(cache, "pixels", {"x": (VALUES.shape, VALUES.dtype)})
    assert draft is not None
    assert cache.entries("pixels") == []
    draft.drop()
    assert list((cache.root / "pixels").iterdir()) == []


def test_the_same_entry_made_twice_is_there_once(cache: Cache) -> None:
    first, second = kept(cache, "a"), kept(cache, "a")
    assert first.folder == second.folder
    assert [each.folder.name for each in cache.entries("pixels")] == ["a"]


@pytest.mark.parametrize("harm", ["cut", "zeros", "flipped", "no about", "half an about", "not synced"])
def test_what_is_torn_is_no_entry_any_more(cache: Cache, harm: str, caplog: pytest.LogCaptureFixture) -> None:
    folder = kept(cache, "a").folder
    settled(folder)
    file, about = folder / "x.npy", folder / "about.json"
    content = file.read_bytes()
    if harm == "cut":
        file.write_bytes(content[:-1])
    elif harm == "zeros":
        file.write_bytes(content[:128] + bytes(len(content) - 128))
    elif harm == "flipped":
        file.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif harm == "no about":
        about.unlink()
    elif harm == "half an about":
        about.write_text(about.read_text()[:40])
    else:
        about.write_text(about.read_text().replace(entries._boot(), "another boot"))
        (folder / "synced").unlink()
    with caplog.at_level(logging.WARNING):
        assert open_entry(cache, folder) is None
        assert open_entry(cache, folder) is None
    assert not folder.exists()
    assert [record.message for record in caplog.records] == [
        f"cache {cache.root}: an entry was damaged, and is made again; this costs time, and changes no result"
    ]


def test_an_entry_of_another_version_is_left_alone(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept(cache, "a").folder
    settled(folder)
    monkeypatch.setattr(entries, "FORMAT", 2)
    assert open_entry(cache, folder) is None
    assert folder.exists()


def used(cache: Cache, key: str, at: float) -> Path:
    entry = kept(cache, key)
    folder = entry.folder
    settled(folder)
    os.utime(folder / "lock", (at, at))
    return folder


def test_what_was_used_least_recently_goes_first(cache: Cache) -> None:
    bound = Cache(cache.root, 3 * VALUES.nbytes)
    old, older, new = used(bound, "a", 2e9), used(bound, "b", 1e9), used(bound, "c", 3e9)
    folder = kept(bound, "d").folder
    assert old.exists()
    assert new.exists()
    assert folder.exists()
    assert not older.exists()


def test_what_is_in_use_stays(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    bound = Cache(cache.root, VALUES.nbytes)
    entry = kept(bound, "a")
    with caplog.at_level(logging.WARNING):
        assert Draft.begun(bound, "pixels", {"x": (VALUES.shape, VALUES.dtype)}) is None
    assert (entry.arrays["x"].array == VALUES).all()
    assert "0.0 MB are to be kept, and the bound is 0.0 MB (resources.cache_gb), of which" in caplog.text


def test_what_a_killed_process_left_goes(cache: Cache) -> None:
    begun = cache.begin("pixels", 100)
    assert begun is not None
    begun[1].release()
    kept(cache, "a")
    assert not begun[0].exists()


def test_what_was_begun_without_room_for_its_lock_is_in_nobodys_use(cache: Cache) -> None:
    settled(kept(cache, "a").folder)
    left = cache.root / "pixels" / ".making-without"
    left.mkdir()
    assert cache.clear() == []
    assert not left.exists()


def test_an_entry_is_in_use_until_the_disk_has_it(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    written, is_slow = threading.Event(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (written.wait(30), is_slow(file)))
    folder = kept(cache, "a").folder
    assert [left.folder for left in cache.clear()] == [folder]
    written.set()
    settled(folder)
    assert cache.clear() == []


def test_a_process_that_was_forked_keeps_no_entry_in_use(cache: Cache) -> None:
    entry, begun = kept(cache, "a"), cache.begin("pixels", 100)
    settled(entry.folder)
    assert begun is not None
    go_on, end = os.pipe()
    child = os.fork()
    if child == 0:  # it has copies of all that this one holds
        os.close(end)
        os.read(go_on, 1)
        os._exit(0 if (entry.arrays["x"].array == VALUES).all() else 1)
    try:
        assert {left.folder for left in cache.clear()} == {begun[0], entry.folder}  # in use by this process
        begun[1].release()
        del entry
        assert cache.clear() == []
        assert list((cache.root / "pixels").iterdir()) == []
    finally:
        os.close(end)
        assert os.waitpid(child, 0)[1] == 0


def test_a_process_that_is_forked_while_the_cache_is_locked_blocks_nobody(tmp_path: Path) -> None:
    go_on, end = os.pipe()
    with cache_module.held(tmp_path / "lock"):
        child = os.fork()
        if child == 0:
            os.close(end)
            os.read(go_on, 1)
            os._exit(0)
    try:
        with open(tmp_path / "lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(end)
        os.waitpid(child, 0)


def test_what_another_process_writes_stays(cache: Cache) -> None:
    written = cache.begin("pixels", 100)
    assert written is not None
    kept(cache, "a")
    assert written[0].exists()


def test_a_full_disk_is_told(cache: Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(Cache, "_free", lambda _: 0)
    with caplog.at_level(logging.WARNING):
        assert cache.begin("pixels", 2**30) is None
    assert "1.0 GB are to be kept, and the bound is 1.0 MB" in caplog.text
    with caplog.at_level(logging.WARNING):
        assert Cache(cache.root, 2**40).begin("pixels", 2**30) is None
    assert (
        "1.0 GB are to be kept, and 0.0 MB of the disk are free, of which 1.0 GB are to stay so; this costs time, and "
        "changes no result"
    ) in caplog.text


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    unwritable = Cache(tmp_path / "file" / "cache", 10**6)
    with caplog.at_level(logging.WARNING):
        assert unwritable.begin("pixels", 1) is None
        assert unwritable.begin("pixels", 1) is None
    assert [record.message for record in caplog.records] == [
        f"cache {unwritable.root}: cannot be written (not a directory), so nothing new is kept; this costs time, and "
        "changes no result"
    ]


def test_clearing_leaves_what_is_in_use_and_what_is_not_ours(cache: Cache, tmp_path: Path) -> None:
    entry, folder = kept(cache, "a"), used(cache, "b", 1e9)
    assert [left.folder for left in cache.clear()] == [entry.folder]
    assert entry.folder.exists()
    assert not folder.exists()
    photos = tmp_path / "photos" / "pixels" / "holiday"
    photos.mkdir(parents=True)
    assert Cache(tmp_path / "photos", 1).clear() == []
    assert photos.exists()


def _make(root: Path, number: int, bound: int) -> None:
    cache = Cache(root, bound)
    for turn in range(8):
        values = np.full((50, 100), number * 100 + turn, np.int64)
        draft = Draft.begun(cache, "pixels", {"x": (values.shape, values.dtype)})
        if draft is None:  # the others hold all that there is room for
            continue
        for row in range(50):
            draft.write("x", row, values[row : row + 1])
        entry = draft.keep(f"{turn % 3}", {})
        if entry is not None and entry.arrays["x"].is_here:
            found = entry.arrays["x"].array
            assert (found == found[0, 0]).all()  # whoever wrote it, it is whole


def test_processes_write_and_evict_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_make, args=(tmp_path, number, 150_000)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    cache = Cache(tmp_path, 150_000)
    assert sum(each.bytes for each in cache.entries("pixels")) <= 150_000
    assert all(open_entry(cache, each.folder) is not None for each in cache.entries("pixels"))


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME")
    return tmp_path


def test_the_cache_is_where_the_machine_keeps_caches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_root() == home / ".cache" / "cnnsearch"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "x"))
    assert default_root() == home / "x" / "cnnsearch"
    assert Cache.of(None, 2.0) == Cache(home / "x" / "cnnsearch", 2**31)
    assert Cache.of("~/mine", 1.0) == Cache(home / "mine", 2**30)
    assert Cache.of("~/mine", 0.0) is None
    assert cache_module.KINDS == ("pixels", "tokens", "features", "answers")


def test_data_is_read_with_a_cache_where_somebody_says_so(cache: Cache) -> None:
    with cached_in(cache):
        assert current_cache() == cache
    assert current_cache() is None
