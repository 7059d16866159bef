from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import filelock
import psutil
import pytest
from object_storage import new_bucket
from recorded import ended

from cnnsearch.errors import InputError, StorageError, SweepError
from cnnsearch.study.folder import starting
from cnnsearch.study.folder.folder import create_study
from cnnsearch.study.folder.starting import start_study
from cnnsearch.study.hold import LAPSE, Hold, hold_study, lease, life_of, taking
from cnnsearch.study.hold.filesystems import is_shared
from cnnsearch.study.record.lines import TRIALS
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore, Store, open_store

LEASES = ".driver"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "study").mkdir()
    return LocalStore(tmp_path / "study")


@pytest.fixture
def shared(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A study on a disk that other machines see."""
    monkeypatch.setattr(taking, "is_shared", lambda _: True)
    return store


class Time:
    """A clock that tests move; files of leases grow older with it."""

    def __init__(self, store: LocalStore) -> None:
        self.folder = store.folder / LEASES
        self.seconds = 1000.0
        self.renewals: list[Callable[[], None]] = []
        self.during_sleep: Callable[[], None] = lambda: None
        self.clock = lease.Clock(lambda: self.seconds, self.sleep, self.every)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for path in self.folder.iterdir():
            before = path.stat().st_mtime
            os.utime(path, (before - seconds, before - seconds))
        self.during_sleep()

    def every(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        assert seconds == lease.RENEW
        self.renewals.append(act)
        return lambda: self.renewals.remove(act)

    def renew(self) -> None:
        for act in self.renewals:
            act()

    def hold(self, store: Store, waiting: Callable[[str], None] | None = None) -> Hold:
        return hold_study(store, waiting, self.clock)


class TestLock:
    def test_a_second_driver_is_refused_until_the_first_has_gone(self, store: LocalStore) -> None:
        with hold_study(store):
            with pytest.raises(InputError, match=rf"another driver runs it: process {os.getpid()} on .*, since 20"):
                hold_study(LocalStore(store.folder))
            driver = life_of(store).driver
            assert driver is not None
            assert driver.pid == os.getpid()
        assert not life_of(store).may_run
        assert list(store.folder.iterdir()) == []
        hold_study(LocalStore(store.folder)).release()

    def test_it_dies_with_its_process(self, store: LocalStore) -> None:
        script = (
            "import sys, time\n"
            "from cnnsearch.study.hold import hold_study\n"
            "from cnnsearch.study.store import LocalStore\n"
            "held = hold_study(LocalStore(sys.argv[1])); print('held', flush=True); time.sleep(300)"
        )
        command = [sys.executable, "-c", script, str(store.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with pytest.raises(InputError, match=f"another driver runs it: process {other.pid} on"):
                hold_study(store)
            other.kill()
        assert not life_of(store).may_run
        with hold_study(store):
            driver = life_of(store).driver
            assert driver is not None
            assert driver.pid == os.getpid()

    def test_who_only_looks_keeps_nobody_out(self, store: LocalStore) -> None:
        (store.folder / ".driver").mkdir()
        looked_at = filelock.FileLock(store.folder / ".driver" / "lock", thread_local=False)
        looked_at.acquire()
        threading.Timer(0.05, looked_at.release).start()
        with hold_study(store):
            driver = life_of(store).driver
            assert driver is not None
            assert driver.pid == os.getpid()

    def test_appending_goes_on(self, store: LocalStore) -> None:
        with hold_study(store):
            Record(store).end(ended(0))
        Record(store).end(ended(1))
        assert len(store.appended(TRIALS).splitlines()) == 2

    def test_where_it_cannot_be_had(self, store: LocalStore) -> None:
        (store.folder / LEASES).write_text("a file")
        with pytest.raises(StorageError, match=r"cannot lock .*/study/\.driver/lock: File exists"):
            hold_study(store)


class TestLease:
    def test_a_second_driver_is_refused_until_the_first_has_gone(self, shared: LocalStore) -> None:
        time = Time(shared)
        with time.hold(shared):
            with pytest.raises(InputError, match=rf"another driver runs it: process {os.getpid()} on"):
                time.hold(LocalStore(shared.folder))
            assert len(shared.entries(LEASES)) == 1
            assert life_of(shared).state == "running"
        assert not life_of(shared).may_run
        assert list(shared.folder.iterdir()) == []
        assert time.renewals == []
        time.hold(LocalStore(shared.folder)).release()

    def test_renewed_it_does_not_lapse(self, shared: LocalStore) -> None:
        time = Time(shared)
        with time.hold(shared) as held:
            for _ in range(20):
                time.sleep(lease.RENEW)
                time.renew()
                held.check()
                with pytest.raises(InputError, match="another driver runs it"):
                    time.hold(LocalStore(shared.folder))

    def test_without_its_driver_it_lapses_in_thirty_seconds(self, shared: LocalStore) -> None:
        time = Time(shared)
        dead = time.hold(shared)
        time.sleep(LAPSE - 1)
        with pytest.raises(InputError, match="another driver runs it"):
            time.hold(LocalStore(shared.folder))
        time.sleep(2)
        assert not life_of(shared).may_run
        with time.hold(LocalStore(shared.folder)):
            time.renew()
            with pytest.raises(SweepError, match=r"this driver's lease on .*study is lost: it was taken over; resume"):
                dead.check()
            with pytest.raises(SweepError, match="it was taken over"):
                Record(shared).end(ended(0))
        assert shared.appended(TRIALS) == b""

    def test_a_driver_that_cannot_renew_it_stops_before_anybody_else_may_start(
        self, shared: LocalStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time = Time(shared)
        held = time.hold(shared)

        def fail(*_: object) -> None:
            raise StorageError("it does not answer")

        with monkeypatch.context() as patched:
            patched.setattr(LocalStore, "write", fail)
            time.sleep(lease.SURE)
            time.renew()
            held.check()
            time.sleep(1)
            with pytest.raises(SweepError, match="it could not be renewed for 21 s; resume the study"):
                held.check()
        with pytest.raises(InputError, match="another driver runs it"):
            time.hold(LocalStore(shared.folder))
        time.renew()
        held.check()
        held.release()

    def test_a_dead_drivers_is_waited_for_and_somebody_is_told(self, shared: LocalStore) -> None:
        time = Time(shared)
        time.hold(shared)
        time.renewals.clear()
        time.sleep(12)
        began, told = time.seconds, []
        with time.hold(LocalStore(shared.folder), told.append):
            assert LAPSE - 12 <= time.seconds - began <= LAPSE - 12 + lease.RENEW
            assert len(shared.entries(LEASES)) == 1
        assert len(told) == 1
        assert f"waiting for the lease of process {os.getpid()} on" in told[0]
        assert "at most 30 s" in told[0]

    def test_a_living_drivers_is_not_waited_for(self, shared: LocalStore) -> None:
        time = Time(shared)
        time.hold(shared)
        time.during_sleep = time.renew
        told: list[str] = []
        began = time.seconds
        with pytest.raises(InputError, match="another driver runs it: process"):
            time.hold(LocalStore(shared.folder), told.append)
        assert time.seconds - began <= 2 * lease.RENEW
        assert len(told) == 1

    def test_of_two_at_the_same_time_one_steps_back_at_least(
        self, shared: LocalStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time = Time(shared)
        look = lease._rival
        others: list[object] = []

        def interrupted(store: Store, own: str) -> object:
            """Somebody else puts and looks between this one's putting and looking."""
            monkeypatch.setattr(lease, "_rival", look)
            others.append(lease.try_lease(LocalStore(shared.folder), time.clock))
            return look(store, own)

        monkeypatch.setattr(lease, "_rival", interrupted)
        mine = lease.try_lease(shared, time.clock)
        assert [isinstance(one, Hold) for one in (mine, *others)].count(True) <= 1

    def test_on_object_storage(self, s3: str) -> None:
        output = new_bucket(s3)
        store, held = start_study(output, "a study")
        with held:
            with pytest.raises(InputError, match="another driver runs it: process"):
                hold_study(open_store(store.location))
            assert life_of(open_store(store.location)).state == "running"
            other, second = start_study(output, "a study")
            second.release()
            assert (store.name, other.name) == ("a-study", "a-study-2")
            Record(store).end(ended(0))
        assert list(store.entries()) != []
        assert store.entries(LEASES) == {}

    def test_a_place_that_somebody_chose_at_the_same_time_is_left_to_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, theirs = start_study(str(tmp_path), "a study")
        chosen = iter([first, create_study(str(tmp_path), "a study")])
        monkeypatch.setattr(starting, "create_study", lambda *_: LocalStore(next(chosen).location))
        second, mine = start_study(str(tmp_path), "a study")
        assert (first.name, second.name) == ("a-study", "a-study-2")
        mine.release()
        theirs.release()

    def test_the_thread_that_renews_it_ends_with_it(self) -> None:
        renewed: list[int] = []
        stop = lease._every(0.001, lambda: renewed.append(1))
        while not renewed:
            pass
        stop()
        count = len(renewed)
        assert lease._every(60, lambda: renewed.append(1))() is None
        assert len(renewed) == count


@pytest.mark.parametrize(
    ("kind", "shared"),
    [("ext4", False), ("overlay", False), ("apfs", False), ("tmpfs", False), ("nfs4", True), ("fuse.sshfs", True)],
)
def test_which_disks_other_machines_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, shared: bool
) -> None:
    disks = [SimpleNamespace(mountpoint="/", fstype="nfs"), SimpleNamespace(mountpoint=str(tmp_path), fstype=kind)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: disks)
    assert is_shared(tmp_path / "results" / "a") == shared
    assert is_shared(tmp_path.parent)
