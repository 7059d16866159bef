"""A study whose driver was killed before it wrote anything: named, deleted, and its name free again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from object_storage import new_bucket

from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import beginnings_in, create_study, find_study, studies_in
from cnnsearch.study.folder.starting import start_study
from cnnsearch.study.hold import is_beginning, lease, life_of
from cnnsearch.study.store import LocalStore, open_store

KILLED = """
import os, sys
from cnnsearch.study.folder.starting import start_study
from cnnsearch.study.store.atomic import replacing
store, hold = start_study(sys.argv[1], "a study")
with replacing(store.folder / "experiment.yaml"):
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The output of a run that was killed while it wrote its first file."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    return tmp_path


def test_a_killed_beginning_is_known_and_its_name_is_taken_by_the_next(killed: Path) -> None:
    store = LocalStore(killed / "a-study")
    assert len(list(store.folder.iterdir())) == 2
    assert is_beginning(store)
    assert life_of(store).state == "dead"
    assert studies_in(killed) == []
    assert [one.name for one in beginnings_in(killed)] == ["a-study"]
    assert find_study("a-study", killed) == store.location
    with pytest.raises(
        InputError, match="was begun and its driver ended before anything was written: a new run of its"
    ):
        Study.load(store)
    taken, hold = start_study(killed, "a study")
    assert taken.location == store.location
    assert sorted(taken.entries()) == [".driver/driver.json", ".driver/lock"]  # the half-written file has gone
    with pytest.raises(
        InputError, match=rf"has just begun, nothing is written yet; its sweep runs: process {os.getpid()}"
    ):
        Study.load(store)
    other, second = start_study(killed, "a study")
    assert other.name == "a-study-2"
    second.release()
    hold.release()


def test_an_empty_folder_of_the_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a-study").mkdir()
    store, hold = start_study(tmp_path, "a study")
    assert store.name == "a-study"
    hold.release()


@pytest.mark.parametrize("name", ["notes.txt", "experiment.yaml", "folder/file"])
def test_what_holds_anything_else_is_nobodys_beginning(killed: Path, name: str) -> None:
    path = killed / "a-study" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("kept")
    assert not is_beginning(LocalStore(killed / "a-study"))
    store, hold = start_study(killed, "a study")
    hold.release()
    assert store.name == "a-study-2"
    assert path.read_text() == "kept"


def test_nor_is_one_with_a_link(killed: Path) -> None:
    (killed / "a-study" / "link").symlink_to("/")
    assert not is_beginning(LocalStore(killed / "a-study"))


def test_on_object_storage(s3: str) -> None:
    output = new_bucket(s3)
    store, hold = start_study(output, "a study")
    assert is_beginning(store)
    other, second = start_study(output, "a study")
    assert other.name == "a-study-2"
    second.release()
    hold.release()
    dead = f'{{"host": "a", "pid": 1, "since": "", "process": "{_gone()}"}}'
    open_store(store.location).write(".driver/abc.json", dead)
    assert life_of(store).state == "dead"
    again, third = start_study(output, "a study")
    assert again.location == store.location
    third.release()


def _gone() -> str:
    from cnnsearch.study.store.process import Process

    return Process(Process.this().place, os.getpid(), 1).token


def test_create_takes_none(tmp_path: Path) -> None:
    (tmp_path / "a-study").mkdir()
    assert create_study(tmp_path, "a study").name == "a-study-2"
    assert lease.LAPSE == 30.0
