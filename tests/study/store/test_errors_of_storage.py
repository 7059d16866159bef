"""A disk that is full, a folder that cannot be written, a server that does not answer."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from object_storage import CLOSED, new_bucket
from recorded import ended
from synthetic import digits_experiment, write_study

from cnnsearch.cli.app import main
from cnnsearch.errors import InputError, StorageError
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import check_writable, create_study
from cnnsearch.study.record.lines import TRIALS
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import LocalStore, local, open_store
from cnnsearch.sweep.run import run

RUNS_FULL = """
import resource
import sys

from dataclasses import replace

from cnnsearch.errors import StorageError
from cnnsearch.study.record.lines import TrialLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore

ended = TrialLine(trial=0, config={}, state="FAILED", value=None, seed=1, ended=1.0, reason="x" * 300)
record = Record(LocalStore(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
for trial in range(1000):
    try:
        record.end(replace(ended, trial=trial))
    except StorageError as error:
        sys.exit(f"{trial} {error}")
"""


def test_a_full_disk_keeps_what_had_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUNS_FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    count, _, said = done.stderr.strip().partition(" ")
    assert said == f"cannot write {tmp_path}/trials.jsonl: File too large"
    kept = [line.trial for line in read_lines(LocalStore(tmp_path), TRIALS)]
    assert kept == list(range(int(count)))
    assert len(kept) > 10
    Record(LocalStore(tmp_path)).end(ended(int(count)))
    assert len(list(read_lines(LocalStore(tmp_path), TRIALS))) == len(kept) + 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_no_space_is_named_with_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "open_to_append", lambda *_: os.open("/dev/full", os.O_RDWR))
    with pytest.raises(StorageError, match=rf"^cannot write {tmp_path}/trials\.jsonl: No space left on device$"):
        Record(LocalStore(tmp_path)).end(ended(0))


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    study = write_study(tmp_path / "a", predictions=0)
    store = study.store
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(StorageError, match=rf"^cannot write {tmp_path}/a/a\.txt: Read-only file system$"):
            store.write("a.txt", "x")
        with pytest.raises(StorageError, match=rf"^cannot write {tmp_path}/a/trials\.jsonl: Read-only file system$"):
            store.append(TRIALS, ["{}"])
        with pytest.raises(StorageError, match=rf"cannot write {tmp_path}/a/b/c: "), store.new_file("b/c"):
            pass
    monkeypatch.setattr(local, "write_atomic", refuse)
    with pytest.raises(
        InputError, match=rf"^cannot write the report; .* {tmp_path}/a/report\.html: Read-only file system$"
    ):
        study.report()


def test_a_study_that_somebody_deleted_does_not_come_to_life_again(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*gone/trials\.jsonl: the folder is not there"):
        Record(LocalStore(tmp_path / "gone")).end(ended(0))
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_that_is_not_there_is_named(s3: str) -> None:
    uri = f"s3://no-such-bucket/studies?scheme=http&endpoint_override={s3}"
    with pytest.raises(
        StorageError, match=r"cannot write s3://no-such-bucket/.*bucket does not exist \(NO_SUCH_BUCKET\)"
    ):
        create_study(uri, "a").write("experiment.yaml", "x")


def test_a_sweep_is_not_started_where_it_could_not_be_written(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def start(**_: object) -> None:
        raise AssertionError("Ray must not be started")

    monkeypatch.setattr(ray, "init", start)
    uri = f"s3://no-such-bucket/studies?scheme=http&endpoint_override={s3}"
    with pytest.raises(InputError, match=r"--output: cannot write s3://no-such-bucket/.*bucket does not exist"):
        run(digits_experiment(storage=uri))


def test_one_that_can_be_written_holds_nothing_afterwards(s3: str) -> None:
    output = new_bucket(s3)
    check_writable(output)
    assert open_store(output).entries() == {}


def test_a_server_that_does_not_answer_is_bad_input_to_who_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What takes time is Amazon's library, which tries three times: every request through one store that fails at once.
    with pytest.raises(
        StorageError, match=r"^cannot read s3://bucket/studies/a\?.*: .*(connect|NETWORK_CONNECTION)"
    ) as told:
        open_store(CLOSED).read("a")

    def fail(*_: object) -> None:
        raise told.value

    monkeypatch.setattr("cnnsearch.study.store.objects.ObjectStore.entry", fail)
    monkeypatch.setattr("cnnsearch.study.store.objects.ObjectStore.folders", fail)
    with pytest.raises(InputError, match="STUDY: cannot read s3://bucket"):
        Study.load(CLOSED)
    for command in (["list"], ["show", "a"], ["report", "a"], ["predict", "a", "x.png"], ["evaluate", "a", "x"]):
        monkeypatch.setattr(sys, "argv", ["cnnsearch", *command, "--output", CLOSED])
        with pytest.raises(SystemExit) as exit_:
            main()
        assert exit_.value.code == 2
        assert "cannot read s3://bucket/studies" in capsys.readouterr().err
    with pytest.raises(InputError, match="--output: cannot read s3://bucket"):
        create_study(CLOSED, "a")
