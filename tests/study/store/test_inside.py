"""Links, named pipes and what else is no file in a study's folder: nothing outside is read, written or waited for."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from synthetic import write_study

from cnnsearch.errors import InputError, StorageError
from cnnsearch.report import write_report
from cnnsearch.study import Study
from cnnsearch.study.hold import hold_study, life_of
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.resumption import Resumption


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """Who waits for a named pipe waits for ever."""

    def end(*_: object) -> None:
        raise TimeoutError("it waits for a named pipe")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside" / "3").mkdir(parents=True)
    (tmp_path / "outside" / "precious").write_text("years of work\n")
    (tmp_path / "outside" / "3" / "file").write_text("x")
    return tmp_path / "outside"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "study").mkdir()
    return LocalStore(tmp_path / "study")


def to_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "precious")


def to_nothing(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "new")


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def listening(path: Path, _: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket may be 107 bytes long
        one.bind(path.name)
        os.chdir(here)


KINDS = {to_file: "a link", to_nothing: "a link", pipe: "a named pipe", listening: "a socket"}

USES: dict[str, Callable[[LocalStore, str], object]] = {
    "read": lambda store, name: store.read(name),
    "appended": lambda store, name: store.appended(name),
    "write": lambda store, name: store.write(name, "x"),
    "append": lambda store, name: store.append(name, ["x"]),
    "exists": lambda store, name: store.exists(name),
    "appendable": lambda store, name: store.appendable(name),
    "move to": lambda store, name: (store.write("other", "x"), store.move("other", name)),
    "move from": lambda store, name: store.move(name, "other"),
    "as_file": lambda store, name: store.as_file(name).__enter__(),
    "new_file": lambda store, name: store.new_file(name).__enter__(),
}


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", KINDS)
def test_what_is_no_file_is_refused_by_name(
    store: LocalStore, outside: Path, make: Callable[[Path, Path], None], use: str
) -> None:
    before = content(outside)
    make(store.folder / "trials.jsonl", outside)
    told = rf"{re.escape(str(store.folder))}/trials\.jsonl is {KINDS[make]}, and a study holds files .* only: remove it"
    with pytest.raises(StorageError, match=told):
        USES[use](store, "trials.jsonl")
    assert content(outside) == before


@pytest.mark.parametrize("use", [*USES, "delete", "entries"])
def test_no_link_among_the_parents_is_followed(store: LocalStore, outside: Path, use: str) -> None:
    before = content(outside)
    (store.folder / "checkpoints").symlink_to(outside)
    uses = {
        **USES,
        "delete": lambda store, name: store.delete(name),
        "entries": lambda store, name: store.entries(name),
    }
    with pytest.raises(StorageError, match=r"/study/checkpoints is a link"):
        uses[use](store, "checkpoints/3/file")
    assert content(outside) == before


def test_a_link_is_deleted_and_not_what_it_leads_to(store: LocalStore, outside: Path) -> None:
    before = content(outside)
    for name, target in (("checkpoints", outside), ("report.html", outside / "precious")):
        (store.folder / name).symlink_to(target)
        store.delete(name)
    (store.folder / "models").mkdir()
    (store.folder / "models" / "link").symlink_to(outside)
    store.delete("models")
    assert list(store.folder.iterdir()) == []
    (store.folder / "link").symlink_to(outside)
    store.delete("")
    assert not store.folder.exists()
    assert content(outside) == before


@pytest.mark.parametrize("name", ["../outside/precious", "checkpoints/../../outside/precious", "/etc/hostname", "a\0b"])
def test_no_name_leads_out(store: LocalStore, outside: Path, name: str) -> None:  # noqa: ARG001
    with pytest.raises(StorageError, match="leads out of the study"):
        store.read(name)


def test_the_folder_itself_may_be_reached_through_a_link(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.folder)
    LocalStore(tmp_path / "link").write("best/a.txt", "x")
    assert store.read("best/a.txt") == b"x"


def test_what_is_appended_to_has_no_other_name_afterwards(store: LocalStore, outside: Path) -> None:
    store.append("trials.jsonl", ["one"])
    os.link(store.folder / "trials.jsonl", outside / "snapshot")
    store.append("trials.jsonl", ["two"])
    assert store.appended("trials.jsonl") == b"one\ntwo\n"
    assert (outside / "snapshot").read_text() == "one\n"
    os.link(outside / "precious", store.folder / "optuna.journal")
    with store.appendable("optuna.journal").open("a") as file:
        file.write("more\n")
    assert (outside / "precious").read_text() == "years of work\n"


def test_strangers_are_named_and_are_no_entries(store: LocalStore, outside: Path) -> None:
    store.write("best/a.txt", "x")
    (store.folder / "best" / "b.txt").symlink_to(outside / "precious")
    os.mkfifo(store.folder / "pipe")
    (store.folder / "optuna.journal.lock").symlink_to("optuna.journal")  # as a killed driver leaves it
    assert store.strangers() == ["best/b.txt (a link)", "pipe (a named pipe)"]
    assert list(store.entries()) == ["best/a.txt"]
    with pytest.raises(InputError, match=r"so that nothing is written to it: remove best/b\.txt \(a link\), pipe \(a"):
        store.check_writable()


class TestStudies:
    def test_one_whose_record_is_a_pipe_is_refused(self, tmp_path: Path) -> None:
        folder = write_study(tmp_path / "a", trials=3).path
        (folder / "trials.jsonl").unlink()
        os.mkfifo(folder / "trials.jsonl")
        with pytest.raises(InputError, match=r"STUDY: cannot read .*/a/trials\.jsonl: .* is a named pipe"):
            Study.load(folder)

    @pytest.mark.parametrize("name", ["report.html", "best", "checkpoints", "logs", ".driver", "source"])
    def test_none_with_a_link_goes_on(self, tmp_path: Path, outside: Path, name: str) -> None:
        folder = write_study(tmp_path / "a", trials=3, predictions=0).path
        if (folder / name).is_dir():
            (folder / name).rename(folder / "was")
        (folder / name).symlink_to(outside)
        with pytest.raises(InputError, match=rf"nothing is written to it: remove {re.escape(name)} \(a link\)"):
            Resumption.of(folder)

    @pytest.mark.parametrize("target", ["precious", "new"])
    def test_no_report_is_written_through_a_link(self, tmp_path: Path, outside: Path, target: str) -> None:
        study, before = write_study(tmp_path / "a", trials=3), content(outside)
        (study.path / "report.html").symlink_to(outside / target)
        with pytest.raises(InputError, match=r"cannot write the report; .*/a/report\.html is a link"):
            write_report([study])
        assert content(outside) == before

    def test_none_is_watched_through_a_link(self, tmp_path: Path, outside: Path) -> None:
        study = write_study(tmp_path / "a", trials=3)
        follower = Follower(study)
        (study.path / "trials.jsonl").unlink()
        to_file(study.path / "trials.jsonl", outside)
        with pytest.raises(StorageError, match=r"trials\.jsonl is a link"):
            follower.read()

    def test_none_is_locked_through_a_link(self, store: LocalStore, outside: Path) -> None:
        (store.folder / ".driver").symlink_to(outside)
        for use in (hold_study, life_of):
            with pytest.raises(StorageError, match=r"\.driver is a link"):
                use(store)
        (store.folder / ".driver").unlink()
        (store.folder / ".driver").mkdir()
        os.mkfifo(store.folder / ".driver" / "lock")
        for use in (hold_study, life_of):
            with pytest.raises(StorageError, match="is a named pipe"):
                use(store)
        (store.folder / ".driver" / "lock").unlink()
        os.link(outside / "precious", store.folder / ".driver" / "lock")
        with pytest.raises(StorageError, match=r"cannot lock .*: it has other names \(hard links\); delete .*\.driver"):
            hold_study(store)
        assert (outside / "precious").read_text() == "years of work\n"
