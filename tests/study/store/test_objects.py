"""What is particular to object storage: when something is put, and what then stands there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from recorded import ended, epoch, proposed

from cnnsearch.errors import InputError, StorageError, SweepError
from cnnsearch.study.record.lines import CURVES, PROPOSALS, TRIALS
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import objects as module
from cnnsearch.study.store.objects import SOON, ObjectStore


class Bucket:
    """A store of which a test runs the timer."""

    def __init__(self, folder: Path) -> None:
        self.uri = f"local://{folder}/study"
        self.due: list[Callable[[], None]] = []
        self.store = ObjectStore(self.uri, self._start)

    def _start(self, seconds: float, act: Callable[[], None]) -> None:
        assert seconds == SOON
        self.due.append(act)

    def pass_time(self) -> None:
        while self.due:
            self.due.pop()()

    def numbers(self, name: str) -> list[str]:
        """Numbers of the segments that are there."""
        return sorted(Path(found).name.partition(".")[0] for found in ObjectStore(self.uri).entries(name))


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(tmp_path)


def test_epochs_wait_and_are_put_together(bucket: Bucket) -> None:
    record = Record(bucket.store)
    for number in range(1, 4):
        record.epochs([epoch(0, number)])
    assert bucket.numbers("curves") == []
    assert len(bucket.due) == 1
    bucket.pass_time()
    assert bucket.numbers("curves") == ["000000"]
    record.epochs([epoch(0, 4)])
    bucket.pass_time()
    assert bucket.numbers("curves") == ["000000", "000001"]


def test_a_proposal_is_put_at_once_and_an_end_after_its_curve(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = ObjectStore.write

    def follow(store: ObjectStore, name: str, content: bytes) -> None:
        written.append(name.partition("/")[0])
        write(store, name, content)

    monkeypatch.setattr(ObjectStore, "write", follow)
    record = Record(bucket.store)
    record.propose(proposed(0))
    assert written == ["proposals"]
    record.epochs([epoch(0, 1)])
    record.propose(proposed(1))
    assert written == ["proposals", "proposals"]
    record.end(ended(0))
    assert written == ["proposals", "proposals", "curves", "trials"]
    bucket.pass_time()
    assert len(written) == 4


def test_what_a_killed_driver_had_not_put_is_gone_and_nothing_else(bucket: Bucket) -> None:
    record = Record(bucket.store)
    record.propose(proposed(0))
    record.epochs([epoch(0, 1)])
    record.end(ended(0))
    record.propose(proposed(1))
    record.epochs([epoch(1, 1)])
    found = ObjectStore(bucket.uri)
    assert [line.trial for line in read_lines(found, PROPOSALS)] == [0, 1]
    assert [line.trial for line in read_lines(found, CURVES)] == [0]
    assert [line.trial for line in read_lines(found, TRIALS)] == [0]


def test_many_segments_become_one(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MERGE_AT", 3)
    for number in range(7):
        bucket.store.append(TRIALS, [str(number)], "machine")
    assert bucket.numbers("trials") == ["000000-000002", "000003-000005", "000006"]
    bucket.store.close()
    assert bucket.numbers("trials") == ["000000-000006"]
    assert ObjectStore(bucket.uri).appended(TRIALS) == b"0\n1\n2\n3\n4\n5\n6\n"
    other = ObjectStore(bucket.uri)
    other.append(TRIALS, ["7"], "machine")
    assert bucket.numbers("trials") == ["000000-000006", "000007"]


def test_a_writer_that_lost_its_hold_overwrites_nothing(bucket: Bucket) -> None:
    bucket.store.append(TRIALS, ["0"], "machine")
    other = ObjectStore(bucket.uri)
    other.append(TRIALS, ["theirs"], "machine")
    bucket.store.append(TRIALS, ["mine"], "machine")
    assert sorted(ObjectStore(bucket.uri).appended(TRIALS).split()) == [b"0", b"mine", b"theirs"]


def test_its_fence_is_asked_before_anything_is_put(bucket: Bucket) -> None:
    def closed() -> None:
        raise SweepError("the lease is lost")

    bucket.store.fence = closed
    with pytest.raises(SweepError, match="the lease is lost"):
        bucket.store.append(TRIALS, ["0"], "machine")
    bucket.store.append(CURVES, ["1"], "soon")
    bucket.pass_time()
    with pytest.raises(SweepError, match="the lease is lost"):
        bucket.store.append(CURVES, ["2"], "soon")
    assert bucket.numbers("") == []


def test_lines_outlive_an_outage(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.store.append(TRIALS, ["0"], "machine")

    def fail(*_: object) -> None:
        raise StorageError("it does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(ObjectStore, "write", fail)
        bucket.store.append(CURVES, ["c0"], "soon")
        bucket.pass_time()
        with pytest.raises(StorageError, match="it does not answer"):
            bucket.store.append(CURVES, ["c1"], "soon")
        with pytest.raises(StorageError, match="it does not answer"):
            bucket.store.append(TRIALS, ["1"], "machine")
    bucket.store.close()
    found = ObjectStore(bucket.uri)
    assert (found.appended(CURVES), found.appended(TRIALS)) == (b"c0\n", b"0\n1\n")


def test_what_was_read_is_not_read_again(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.store.append(TRIALS, ["0"], "machine")
    reader = ObjectStore(bucket.uri)
    assert reader.appended(TRIALS) == b"0\n"
    bucket.store.append(TRIALS, ["1"], "machine")
    read: list[str] = []
    whole = ObjectStore._read

    def follow(store: ObjectStore, name: str) -> bytes:
        read.append(name)
        return whole(store, name)

    monkeypatch.setattr(ObjectStore, "_read", follow)
    assert reader.appended(TRIALS) == b"0\n1\n"
    assert [Path(name).name[:6] for name in read] == ["000001"]


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("nothing://bucket/x", "is no URI that pyarrow or fsspec can use"),
        ("s3://bucket/x?colour=red", "is no URI of a storage: Unexpected query parameter"),
    ],
)
def test_a_uri_that_means_nothing_is_bad_input(uri: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ObjectStore(uri).exists("x")
