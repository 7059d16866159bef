"""Whether a driver lives: one answer for list, show, watch, rm and resume."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cnnsearch.errors import StorageError
from cnnsearch.study.hold import LAPSE, Life, hold_study, life_of, lock, taking
from cnnsearch.study.hold.hold import Driver
from cnnsearch.study.store import LocalStore
from cnnsearch.study.store.process import Process

THIS = Process.this()
GONE = Process(THIS.place, THIS.pid, THIS.started - 1).token
ELSEWHERE = Process("0" * 8, 1, 1).token


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "study").mkdir()
    return LocalStore(tmp_path / "study")


@pytest.fixture
def shared(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.setattr(taking, "is_shared", lambda _: True)
    return store


def left_by(store: LocalStore, driver: Driver, name: str = "driver.json", age: float = 0.0) -> LocalStore:
    """A study with what its driver left of a hold on it."""
    store.write(f".driver/{name}", driver.to_json())
    store.write(".driver/lock" if name == "driver.json" else ".unused", "")
    os.utime(store.folder / ".driver" / name, (time.time() - age, time.time() - age))
    return store


def by(token: str | None, host: str = "elsewhere", pid: int = 1) -> Driver:
    return Driver(host, pid, "2026-01-01T00:00:00+00:00", token)


class TestLock:
    def test_nobody_holds_it(self, store: LocalStore) -> None:
        assert life_of(store) == Life("none")
        assert life_of(store).text == ""

    def test_it_runs(self, store: LocalStore) -> None:
        with hold_study(store):
            life = life_of(store)
            assert life.state == "running"
            assert life.driver is not None
            assert life.driver.process == THIS.token
            assert life.text == f"its sweep runs: {life.driver}"

    def test_its_driver_has_died(self, store: LocalStore) -> None:
        life = life_of(left_by(store, by(None)))
        assert (life.state, life.may_run) == ("dead", False)
        assert life.text == "its driver has died: process 1 on elsewhere, since 2026-01-01T00:00:00+00:00"

    def test_to_look_changes_nothing(self, store: LocalStore) -> None:
        left_by(store, by(GONE))
        before = {path: path.stat().st_mtime_ns for path in (store.folder / ".driver").iterdir()}
        life_of(store)
        assert {path: path.stat().st_mtime_ns for path in (store.folder / ".driver").iterdir()} == before

    @pytest.mark.parametrize(
        ("driver", "state"),
        [
            (by(THIS.token), "running"),
            (by(GONE), "dead"),
            (by(ELSEWHERE), "unknown"),
            (by(None), "unknown"),
            (replace(Driver.this(), process=None), "unknown"),  # another one may have its number by now
            (replace(Driver.this(), process=None, pid=2**22 + 1), "dead"),
        ],
    )
    def test_of_a_lock_that_this_user_may_not_open_the_process_tells(
        self, store: LocalStore, monkeypatch: pytest.MonkeyPatch, driver: Driver, state: str
    ) -> None:
        left_by(store, driver)
        opened = os.open

        def refuse(path: object, *args: int, **kwargs: int) -> int:
            if str(path).endswith("/lock"):
                raise PermissionError(13, "Permission denied")
            return opened(path, *args, **kwargs)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(os, "open", refuse)
            life = life_of(store)
            with pytest.raises(StorageError, match=rf"cannot lock .*: Permission denied; {re.escape(life.text)}"):
                hold_study(store)
        assert life == Life(state, driver)  # type: ignore[arg-type]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
    def test_another_user_sees_that_it_runs_and_that_its_driver_has_died(self, tmp_path: Path) -> None:
        base = tmp_path
        while base != base.parent and base.stat().st_uid == 0:
            base.chmod(base.stat().st_mode | 0o055)
            base = base.parent
            if base == Path(base.anchor) or base.name == "tmp":
                break
        store = LocalStore(tmp_path / "study")
        store.folder.mkdir(mode=0o755)

        def seen() -> str:
            """By a process of somebody else."""
            child, parent = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.setgid(65534)
                os.setuid(65534)
                os.write(parent, life_of(store).state.encode())
                os._exit(0)
            os.close(parent)
            os.waitpid(pid, 0)
            with os.fdopen(child) as told:
                return told.read()

        held = hold_study(store)
        assert seen() == "running"
        held.release()
        assert seen() == "none"
        script = (
            "import os, sys\nfrom cnnsearch.study.hold import hold_study\n"
            "from cnnsearch.study.store import LocalStore\n"
            "hold_study(LocalStore(sys.argv[1])); os.kill(os.getpid(), 9)"
        )
        subprocess.run([sys.executable, "-c", script, str(store.folder)], check=False)
        assert seen() == "dead"


class TestLease:
    @pytest.mark.parametrize(
        ("driver", "age", "state"),
        [
            (by(ELSEWHERE), 1.0, "running"),
            (by(ELSEWHERE), LAPSE + 5, "dead"),
            (by(ELSEWHERE), -3600.0, "unknown"),  # by a clock that is an hour ahead
            (by(THIS.token), -3600.0, "running"),
            (by(GONE), 1.0, "dead"),
            (by(GONE), -3600.0, "dead"),
        ],
    )
    def test_it_is_looked_at_with_its_process(self, shared: LocalStore, driver: Driver, age: float, state: str) -> None:
        left_by(shared, driver, "abc.json", age)
        assert life_of(shared) == Life(state, driver)  # type: ignore[arg-type]

    def test_the_surest_of_several_counts(self, shared: LocalStore) -> None:
        for number, (driver, age) in enumerate([(by(GONE), 1.0), (by(ELSEWHERE), 1.0), (by(ELSEWHERE), -3600.0)]):
            left_by(shared, driver, f"{number}.json", age)
        assert life_of(shared) == Life("running", by(ELSEWHERE))

    def test_one_of_a_dead_process_of_this_machine_is_not_waited_for(self, shared: LocalStore) -> None:
        left_by(shared, by(GONE), "abc.json", 1.0)
        hold_study(shared).release()
        assert shared.entries(".driver") == {}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"host": 1, "pid": "x", "since": null}', "null"])
def test_an_odd_file_names_no_driver(store: LocalStore, content: str) -> None:
    store.write("driver.json", content)
    assert Driver.named_in(store, "driver.json") is None


def test_an_older_or_newer_version_may_have_written_it(store: LocalStore) -> None:
    told = {"host": "a", "pid": 5, "since": "then"}
    store.write("driver.json", json.dumps(told))
    assert Driver.named_in(store, "driver.json") == Driver("a", 5, "then", None)
    store.write("driver.json", json.dumps({**told, "process": ELSEWHERE, "more": 1}))
    assert Driver.named_in(store, "driver.json") == Driver("a", 5, "then", ELSEWHERE)
    assert lock._HOLDER == ".driver/driver.json"
