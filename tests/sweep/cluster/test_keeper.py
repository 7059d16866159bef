"""The Ray that stays between two commands: its record, who may use it, and when nobody does; no Ray is started here."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cnnsearch.errors import InputError
from cnnsearch.study.store.process import Process
from cnnsearch.sweep.cluster.connection import SETTINGS, find_cluster, is_kept_for
from cnnsearch.sweep.cluster.keeper import commands, fitness, loan, process
from cnnsearch.sweep.cluster.keeper.commands import bring_down, bring_up, described
from cnnsearch.sweep.cluster.keeper.loan import borrow, head_kept_here, take_mark
from cnnsearch.sweep.cluster.keeper.locks import is_free, sweep_lock
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord, keeper_folder
from cnnsearch.sweep.cluster.keeper.workers import KeptWorkers, processes_titled, workers_in_words
from cnnsearch.sweep.cluster.outage import Outage


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands in for the keeper, with this one's environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # pytest sets it anew at each step
    monkeypatch.setattr(fitness, "_OF_OURS", (*fitness._OF_OURS, "PYTEST_*"))
    with subprocess.Popen(["sleep", "60"]) as keeper:
        yield keeper
        keeper.kill()


@pytest.fixture
def record(sleeper: subprocess.Popen[bytes]) -> KeeperRecord:
    """What it left."""
    keeper_folder().mkdir(parents=True)
    here = KeeperRecord.of_this_process("127.0.0.1:1", 2, {"raylet": sleeper.pid})
    found = replace(here, process=Process.numbered(sleeper.pid).token)
    found.write()
    return found


def test_the_record_is_read_as_it_was_written_and_by_its_user_alone(record: KeeperRecord) -> None:
    assert KeeperRecord.read() == record
    assert (keeper_folder() / "keeper.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"process": 3}', "null"])
@pytest.mark.usefixtures("record")
def test_a_record_that_cannot_be_believed_is_told_of(content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = keeper_folder() / "keeper.json"
    path.write_text(content)
    assert borrow(uses_folder=False) is None
    assert "is not what `cnnsearch up` has written" in caplog.text
    assert not described()[1]
    assert bring_down(force=False) is None
    assert not keeper_folder().exists()


def test_nor_one_that_others_may_write_or_that_is_a_link(record: KeeperRecord, tmp_path: Path) -> None:
    path = keeper_folder() / "keeper.json"
    path.chmod(0o620)
    with pytest.raises(ValueError, match="this user's alone"):
        KeeperRecord.read()
    path.chmod(0o600)
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ValueError, match="this user's alone"):
        KeeperRecord.read()
    assert record.head == "127.0.0.1:1"


@pytest.mark.parametrize("key", ["process", "raylet", "packages", "cpus", "head"])
def test_what_a_record_must_hold(record: KeeperRecord, key: str) -> None:
    path = keeper_folder() / "keeper.json"
    told = json.loads(path.read_text())
    told.update({"vital": {"raylet": "x"}} if key == "raylet" else {key: 2.5 if key != "process" else "x"})
    path.write_text(json.dumps(told))
    with pytest.raises(ValueError, match="is not what"):
        KeeperRecord.read()
    assert record.dead == []


def test_one_sweep_uses_it_at_a_time(record: KeeperRecord, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = borrow(uses_folder=True)
    assert first is not None
    assert first.record == record
    assert f"uses the Ray that `cnnsearch up` has started ({record})" in caplog.text
    assert not is_free()
    assert not is_kept_for(None, uses_folder=True)
    assert borrow(uses_folder=True) is None
    assert "starts a Ray of its own and not that of `cnnsearch up`: another sweep uses it" in caplog.text
    with pytest.raises(InputError, match="a sweep uses the Ray that is kept"):
        bring_down(force=False)
    first.give_back()
    assert is_free()
    assert [is_kept_for(address, uses_folder=True) for address in (None, "local", "auto")] == [True, False, False]
    assert (take_mark(), take_mark()) == (True, False)
    again = borrow(uses_folder=True)
    assert again is not None
    again.give_back()


def test_without_one_nothing_is_said_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert borrow(uses_folder=True) is None
    assert described()[0].startswith("none")
    assert bring_down(force=True) is None
    assert not caplog.text
    assert list((tmp_path / "cnnsearch").iterdir()) == []


def test_one_that_has_died_is_told_of_once(
    record: KeeperRecord, sleeper: subprocess.Popen[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """As after a restart of the machine, too: no process of that number began at that time."""
    sleeper.kill()
    sleeper.wait()
    assert record.dead == ["the process that keeps it", "raylet"]
    assert "it has died" in described()[0]
    assert borrow(uses_folder=False) is None
    assert "it has died (the process that keeps it, raylet); to have a new one: cnnsearch up" in caplog.text
    caplog.clear()
    assert borrow(uses_folder=False) is None
    assert not caplog.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"packages": {"keras": "0.1"}}, "other versions are installed now (cnnsearch, "),
        ({"code": "another"}, "it runs another cnnsearch, or this one has changed since"),
        ({"prefix": "/elsewhere"}, "it runs another cnnsearch"),
        ({"folder": "/"}, "it was started in /, where code of your own"),
    ],
)
def test_one_of_other_things_is_not_used(
    record: KeeperRecord, change: dict[str, Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    replace(record, **change).write()
    assert borrow(uses_folder=True) is None
    assert told in caplog.text
    assert "to have a new one: cnnsearch down, then cnnsearch up" in caplog.text
    with pytest.raises(InputError, match="a Ray is kept already"):
        bring_up()


def test_the_folder_matters_to_code_of_the_users_own_alone(record: KeeperRecord) -> None:
    assert fitness.unfitness(replace(record, folder="/"), uses_folder=False) is None


def test_nor_is_one_used_whose_folder_has_gone(record: KeeperRecord, tmp_path: Path) -> None:
    """Tune asks for the working directory in each of its processes."""
    gone = replace(record, folder=str(tmp_path / "gone"))
    assert "has gone" in str(fitness.unfitness(gone, uses_folder=False))


@pytest.mark.parametrize(
    ("left", "ends"), [("nothing", True), ("another", True), ("damage", False), ("its own", False)]
)
def test_one_whose_record_has_gone_ends_as_nobody_finds_it(record: KeeperRecord, left: str, ends: bool) -> None:
    path = keeper_folder() / "keeper.json"
    if left == "nothing":
        path.unlink()
    elif left == "another":
        replace(record, cpus=9).write()
    elif left == "damage":
        path.write_text("{")
    looks = iter([False, True])
    over: Any = SimpleNamespace(wait=lambda _: next(looks))
    process._stay(over, Outage(list, lambda: True), record, KeptWorkers(0), record.pid)
    assert list(looks) == ([True] if ends else [])


def test_a_sweep_that_uses_one_whose_record_is_damaged_is_not_cut_short(record: KeeperRecord) -> None:
    held = borrow(uses_folder=False)
    assert held is not None
    (keeper_folder() / "keeper.json").write_text("{")
    with pytest.raises(InputError, match="a sweep uses the Ray that is kept, or a Python process holds it"):
        bring_down(force=False)
    held.give_back()
    assert bring_down(force=False) is None
    assert record.dead == []


def test_where_it_answers_is_told_of_one_that_lives(
    record: KeeperRecord, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--address auto` would join it beside the sweep that has it."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("ray._private.services.find_bootstrap_address", lambda _: None)
    monkeypatch.setattr("ray._private.services.find_gcs_addresses", lambda: {record.head})
    assert head_kept_here() == record.head
    with pytest.raises(InputError, match="the Ray of `cnnsearch up` is used where no address is given"):
        find_cluster("auto")
    sleeper.kill()
    sleeper.wait()
    assert head_kept_here() is None


def test_the_environment_matters_but_for_what_a_session_has(
    record: KeeperRecord, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    assert fitness.unfitness(record, uses_folder=True) is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert borrow(uses_folder=True) is None
    assert "the environment has changed (CUDA_VISIBLE_DEVICES)" in caplog.text


BY_LIBRARIES = (
    *("PYTHONBREAKPOINT", "RAY_CLIENT_MODE", "RAY_AUTH_MODE"),  # ray
    *("KERAS_BACKEND", "TF2_BEHAVIOR", "ENABLE_RUNTIME_UPTIME_TELEMETRY", "TF_CPP_MIN_LOG_LEVEL"),  # tensorflow
    *("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),  # scikit-learn, joblib, threadpoolctl
    "MLFLOW_LOGGING_LEVEL",
)


@pytest.mark.parametrize("name", [*SETTINGS, *BY_LIBRARIES])
def test_what_every_run_sets_by_itself_is_no_change(name: str) -> None:
    assert fitness.changed_names({}, {name: "1"}) == []


def test_changed_names_are_those_that_came_went_or_differ() -> None:
    assert fitness.changed_names({"A": "1", "C": "1"}, {"B": "2", "C": "2", "TERM": "x"}) == ["A", "B", "C"]


def test_down_ends_it_and_leaves_nothing(
    record: KeeperRecord, sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert bring_down(force=False) == record
    assert sleeper.wait() == -15
    assert list((tmp_path / "cnnsearch").iterdir()) == []


def test_by_force_also_while_a_sweep_uses_it(record: KeeperRecord, sleeper: subprocess.Popen[bytes]) -> None:
    with sweep_lock().acquire():
        assert bring_down(force=True) == record
    assert sleeper.wait() == -15


def test_up_finds_the_one_that_is_there(record: KeeperRecord) -> None:
    assert bring_up() == (record, False)
    assert bring_up(0) == (record, False)
    with pytest.raises(InputError, match="and it keeps 0 workers: cnnsearch down ends it"):
        bring_up(1)


def test_as_many_workers_wait_as_ray_has_cpus_for() -> None:
    """In a container these are fewer than the machine's, and of more some would never start."""
    assert [process.waiting_workers(wanted, 2) for wanted in (None, 0, 2)] == [2, 0, 2]
    with pytest.raises(InputError, match=r"--workers: must be 0 to 2, .* Ray counts so many"):
        process.waiting_workers(3, 2)


@pytest.mark.parametrize("workers", [-1, 10**6])
def test_no_more_workers_wait_than_there_are_cpus(workers: int) -> None:
    with pytest.raises(InputError, match="--workers: must be 0 to "):
        bring_up(workers)


def test_workers_are_told_with_what_they_take(record: KeeperRecord) -> None:
    assert workers_in_words(record) == "no workers"
    take = "x = bytearray(2**27); print('up', flush=True); input()"
    script = f"exec -a ray::TrialWorker {sys.executable} -c {shlex.quote(take)}"
    raylet = f"import subprocess; subprocess.run(['bash', '-c', {script!r}])"
    with subprocess.Popen([sys.executable, "-c", raylet], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        here = replace(record, vital={"raylet": Process.numbered(parent.pid).token})
        assert workers_in_words(here) == "1 worker, 0.1 GB"


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("Ray does not start on this machine: too little memory", "^Ray does not start on this machine: too little"),
        ("a library tells\nRay does not start", "^a library tells; Ray does not start$"),
        ("", "has ended: the last words"),
    ],
)
def test_one_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, told: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(commands, "_BEGIN", f"import sys; print({printed!r}); sys.exit('the last words')")
    with pytest.raises(InputError, match=told):
        bring_up()
    assert list((tmp_path / "cnnsearch").iterdir()) == []


def test_one_that_starts_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: KeeperRecord) -> None:
    (keeper_folder() / "keeper.json").rename(tmp_path / "ready.json")
    begin = f"import os; os.rename({str(tmp_path / 'ready.json')!r}, {str(keeper_folder() / 'keeper.json')!r}); "
    monkeypatch.setattr(commands, "_BEGIN", f"{begin}print('a library tells'); print({process.READY!r})")
    assert bring_up() == (record, True)


def test_a_record_that_goes_meanwhile_is_not_used(
    record: KeeperRecord, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`down` has removed it while this run waited for the lock."""
    found = iter([record, None])
    monkeypatch.setattr(loan.KeeperRecord, "read", lambda: next(found))
    assert borrow(uses_folder=True) is None
    assert "it has just ended" in caplog.text
    assert is_free()


@pytest.mark.parametrize(("idle", "told"), [(3, []), (2, []), (1, [2]), (0, [2])])
def test_what_the_last_sweep_used_is_started_anew(monkeypatch: pytest.MonkeyPatch, idle: int, told: list[int]) -> None:
    asked: list[int] = []
    monkeypatch.setattr("cnnsearch.sweep.stages.ahead.start_stages_ahead", asked.append)
    process._refill(idle)
    assert asked == told


@pytest.mark.parametrize("has_begun", [False, True])
def test_workers_are_looked_at_after_each_sweep_and_never_ended_under_another(
    record: KeeperRecord, monkeypatch: pytest.MonkeyPatch, has_begun: bool
) -> None:
    told: list[Any] = []
    begun = sweep_lock()

    class Workers:
        def unfit(self) -> list[str]:
            if has_begun and not told:
                begun.acquire()  # the next one comes while they are asked, and its mark was taken with the former's
            return ["dead"]

        def replace(self, unfit: list[str]) -> None:
            told.append((unfit, is_free()))

    monkeypatch.setattr(process, "_refill", lambda idle: told.append(idle))
    used = borrow(uses_folder=False)
    assert used is not None
    used.give_back()
    # A look, and the end of the sweep's processes; a look while the next one is there, and after it.
    waits = iter([*[lambda: None] * 3, begun.release, lambda: None])

    def wait(_: float) -> bool:
        does = next(waits, None)
        return does is None or bool(does())

    over: Any = SimpleNamespace(wait=wait)
    workers: Any = Workers()
    process._stay(over, Outage(list, lambda: True), record, workers, record.pid)
    replaced = [(["dead"], False), 0]
    assert told == ([0, *replaced] if has_begun else replaced)


def test_processes_that_wait_are_counted_by_their_titles() -> None:
    script = "import subprocess; subprocess.run(['bash', '-c', 'exec -a ray::IDLE sleep 60'])"
    with subprocess.Popen([sys.executable, "-c", script]) as parent:
        children = []
        while not (children := psutil.Process(parent.pid).children()) or children[0].cmdline()[0] != "ray::IDLE":
            time.sleep(0.01)
        assert len(processes_titled(parent.pid, "ray::IDLE")) == 1
        assert processes_titled(parent.pid, "ray::TrialWorker") == []
        children[0].kill()
