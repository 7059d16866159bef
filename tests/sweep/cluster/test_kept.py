"""What is kept of Ray between two runs of one process, and when it is not; no Ray is started here."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cnnsearch
from cnnsearch.errors import InputError, Problem
from cnnsearch.own_code.written import written_folder
from cnnsearch.sweep.cluster import connection, kept, outage, warm_workers
from cnnsearch.sweep.cluster.connection import connected
from cnnsearch.sweep.cluster.outage import Outage

PRELOAD = {"RAY_preload_python_modules": "x", "CNNSEARCH_PRELOAD": "yes"}


class Ray:
    """Stands in for Ray: says what was done with it."""

    def __init__(self) -> None:
        self.is_on = False
        self.dead: list[str] = []
        self.told: list[str] = []
        self.ahead: list[int] = []

    def join(self, address: str | None, *_: Any) -> Any:
        self.is_on = True
        self.dead = []
        self.told.append("joined" if address is None else f"joined {address}")
        return lambda: self.told.append("let go")

    def leave(self, *_: Any) -> None:
        self.is_on = False
        self.told.append("left")


@pytest.fixture
def ray_(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    stands = Ray()
    monkeypatch.setattr("ray.is_initialized", lambda: stands.is_on)
    for module in (connection, kept):
        monkeypatch.setattr(module, "leave_ray", stands.leave)
        monkeypatch.setattr(module, "was_asked", lambda: "asked" in stands.told)
    monkeypatch.setattr(connection, "_join", stands.join)
    monkeypatch.setattr(connection, "borrow", lambda **_: None)
    monkeypatch.setattr(kept, "start_stages_ahead", lambda count: stands.ahead.append(count))
    monkeypatch.setattr(connection, "find_cluster", lambda address: address)
    monkeypatch.setattr(connection, "preload_settings", lambda resources: PRELOAD if resources == "cpu" else {})
    told = Outage(lambda: stands.dead, lambda: True)
    monkeypatch.setattr(kept.Outage, "of_this_process", lambda: told)
    yield stands
    kept.shutdown()


def run(address: str | None = None, resources: Any = "cpu", keep: bool = True) -> None:
    with connected(address, resources, keep):
        pass


def test_the_second_run_uses_the_ray_of_the_first(ray_: Ray) -> None:
    run()
    run()
    run(keep=False)
    assert ray_.told == ["joined"]
    assert ray_.ahead == [1, 1, 1]  # the table of the next run's stages
    cnnsearch.shutdown()
    assert ray_.told[1:] == ["left", "let go"]
    cnnsearch.shutdown()
    assert len(ray_.told) == 3


def test_what_libraries_set_by_themselves_between_two_runs_is_no_change(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    for name in ("TF2_BEHAVIOR", "KMP_INIT_AT_FORK", "HDF5_PLUGIN_PATH", "TPU_ML_PLATFORM"):  # as TensorFlow does
        monkeypatch.setenv(name, "set in a notebook that evaluated a model")
    run()
    assert ray_.told == ["joined"]


@pytest.mark.usefixtures("ray_")
def test_workers_wait_as_long_as_that_ray_stays() -> None:
    run()
    warm = warm_workers.here()
    assert warm is not None
    with connected(None, "cpu", keep=True):  # type: ignore[arg-type]
        assert warm_workers.here() is warm
    cnnsearch.shutdown()
    assert warm_workers.here() is None
    run(keep=False)
    assert warm_workers.here() is None


@pytest.mark.parametrize("address", [None, "10.0.0.5:6379"])
def test_none_waits_on_a_ray_of_others(ray_: Ray, address: str | None) -> None:
    ray_.is_on = address is None
    with connected(address, "cpu", keep=True):  # type: ignore[arg-type]
        assert warm_workers.here() is None


def test_who_keeps_nothing_leaves_it(ray_: Ray) -> None:
    run(keep=False)
    assert ray_.told == ["joined", "left", "let go"]


def test_a_cluster_is_left_and_the_ray_that_is_kept_ends_before_it(ray_: Ray, caplog: pytest.LogCaptureFixture) -> None:
    run()
    run(address="10.0.0.5:6379")
    assert ray_.told == ["joined", "left", "let go", "joined 10.0.0.5:6379", "left", "let go"]
    assert "a cluster is asked for" in caplog.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda patch, _: patch.setenv("MY_RATE", "3"), "the environment has changed (MY_RATE)"),
        (lambda patch, folder: patch.chdir(folder), "the working directory is another one"),
        (lambda patch, _: patch.setattr(sys, "path", [*sys.path, "/elsewhere"]), "sys.path has changed"),
        (lambda *_: "gpu", "trials hold other resources now"),
    ],
)
def test_what_its_processes_would_not_know_of_starts_it_anew(
    ray_: Ray,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: Any,
    told: str,
) -> None:
    run()
    run(resources=change(monkeypatch, tmp_path) or "cpu")
    assert ray_.told[:4] == ["joined", "left", "let go", "joined"]
    assert f"the Ray of the last run is left, and not used again: {told}" in caplog.text


def test_what_a_run_itself_changes_is_none_of_its_users(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        with connected(None, "cpu", keep=True):  # type: ignore[arg-type]
            monkeypatch.setenv("SET_BY_A_LIBRARY", os.urandom(4).hex())
    run()
    assert ray_.told.count("joined") == 1


@pytest.mark.parametrize("first", [True, False])
def test_after_an_error_nothing_is_kept(ray_: Ray, first: bool) -> None:
    if not first:
        run()
    with pytest.raises(ValueError, match="of the sweep"), connected(None, "cpu", keep=True):  # type: ignore[arg-type]
        raise ValueError("of the sweep")
    assert ray_.told[-2:] == ["left", "let go"]
    assert not ray_.is_on


@pytest.mark.parametrize("first", [True, False])
def test_after_a_signal_nothing_is_kept(ray_: Ray, first: bool) -> None:
    if not first:
        run()
    with connected(None, "cpu", keep=True):  # type: ignore[arg-type]
        ray_.told.append("asked")
    assert ray_.told[-3:] == ["asked", "left", "let go"]


@pytest.mark.parametrize("keep", [True, False])
def test_sweeps_of_several_threads_use_one_together_which_the_last_of_them_leaves(ray_: Ray, keep: bool) -> None:
    first, second = connected(None, "cpu", keep), connected(None, "gpu", keep)  # type: ignore[arg-type]
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert ray_.told == ["joined"]
    second.__exit__(None, None, None)
    assert ray_.told == ["joined"] + ["left", "let go"] * (not keep)


def test_an_error_of_one_of_them_ends_it_under_no_other(ray_: Ray) -> None:
    run()
    with connected(None, "cpu", True):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="of another"), connected(None, "cpu", True):  # type: ignore[arg-type]
            raise ValueError("of another")
        assert ray_.told == ["joined"]
    assert ray_.told == ["joined", "left", "let go"]


def test_who_comes_while_another_one_joins_waits_for_that(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, join = threading.Event(), ray_.join
    monkeypatch.setattr(connection, "_join", lambda *of: may_go_on.wait(10) and join(*of))
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    may_go_on.set()
    for thread in threads:
        thread.join(10)
    assert ray_.told == ["joined"]


@pytest.mark.parametrize(("address", "is_told"), [("10.0.0.5:6379", True), ("10.0.0.4:6379", False), (None, False)])
def test_an_address_beside_a_ray_that_is_used_already_is_told_of(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str | None, is_told: bool
) -> None:
    ray_.is_on = True
    monkeypatch.setattr(connection, "connection", lambda: ray_)
    monkeypatch.setattr(connection, "head_address", lambda: "10.0.0.4:6379")
    run(address)
    assert ("uses that, not --address 10.0.0.5:6379" in caplog.text) is is_told


def test_one_that_the_user_has_left_is_started_anew(ray_: Ray) -> None:
    run()
    ray_.is_on = False  # ray.shutdown()
    run()
    assert ray_.told == ["joined", "let go", "joined"]


def test_one_that_died_is_left_before_it_ends_this_process(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept, "_LOOKED", 0.01)
    caplog.set_level(logging.WARNING, "cnnsearch")
    run()
    watching = [thread for thread in threading.enumerate() if thread.name == "watching-ray"]  # of earlier tests, too
    ray_.dead = ["raylet"]
    for thread in watching:
        thread.join(60)
    assert ray_.told == ["joined", "left", "let go"]
    assert "its raylet ended" in caplog.text
    assert "the next run starts it anew" in caplog.text


def test_a_ray_of_the_users_own_is_used_and_not_kept(ray_: Ray) -> None:
    ray_.is_on = True
    run()
    assert ray_.told == []


def test_one_that_the_user_has_started_in_its_place_is_not_left(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(kept, "connection", lambda: "another")  # ray.shutdown(), ray.init()
    run()
    assert ray_.told == ["joined", "let go"]
    cnnsearch.shutdown()
    assert ray_.told == ["joined", "let go"]


def test_nor_where_the_user_has_done_so_a_moment_ago(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept, "_LOOKED", 0.01)
    run()
    watching = [thread for thread in threading.enumerate() if thread.name == "watching-ray"]
    monkeypatch.setattr(kept, "connection", lambda: "another")
    ray_.dead = ["raylet"]  # that of the first
    for thread in watching:
        thread.join(60)
    assert ray_.told == ["joined", "let go"]
    assert not caplog.text


def test_a_sweep_of_another_thread_does_not_end_the_one_that_is_used(ray_: Ray) -> None:
    run()
    with connected(None, "cpu", keep=True):  # type: ignore[arg-type]
        other = threading.Thread(target=run, kwargs={"resources": "gpu"})
        other.start()
        other.join(60)
        assert ray_.told == ["joined"]
    run()
    assert ray_.told == ["joined"]


def test_a_forked_process_uses_none_and_ends_none(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)
        with pytest.raises(InputError, match="this process was forked from one that keeps a Ray"):
            run()
        cnnsearch.shutdown()
    assert ray_.told == ["joined"]
    run()
    assert ray_.told == ["joined"]


def test_where_own_code_is_looked_for_is_no_change(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(sys, "path", [os.getcwd(), *sys.path, str(written_folder())])
    run()
    assert ray_.told == ["joined"]


def test_where_nothing_can_be_prepared_for_the_next_run_it_is_left(ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise RuntimeError("no answer")

    run()
    monkeypatch.setattr(kept, "start_stages_ahead", fail)
    with pytest.raises(RuntimeError, match="no answer"):
        run()
    assert ray_.told == ["joined", "left", "let go"]
    assert kept._kept is None


class TestKeeper:
    """That of another process, which lends its Ray."""

    @pytest.fixture(autouse=True)
    def lends(self, ray_: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
        def borrow(uses_folder: bool) -> Any:
            ray_.told.append("borrowed with its folder" if uses_folder else "borrowed")
            record = SimpleNamespace(head="127.0.0.1:1", dead=["raylet"], folder="/elsewhere")
            return SimpleNamespace(record=record, give_back=lambda: ray_.told.append("given back"))

        monkeypatch.setattr(connection, "borrow", borrow)

    def test_its_ray_is_joined_and_left(self, ray_: Ray) -> None:
        with connected(None, "cpu", uses_folder=False):  # type: ignore[arg-type]
            warm = warm_workers.here()
            assert warm is not None
            assert warm.preloaded
            assert outage._lent is not None
            assert outage._lent() == ["raylet"]
        assert ray_.told == ["borrowed", "joined", "left", "let go", "given back"]
        assert (warm_workers.here(), outage._lent) == (None, None)

    def test_it_stays_for_the_next_run_of_the_process_whatever_that_holds(self, ray_: Ray) -> None:
        for resources in ("cpu", "gpu"):
            with connected(None, resources, True, uses_folder=False):  # type: ignore[arg-type]
                pass
        assert ray_.told == ["borrowed", "joined"]
        cnnsearch.shutdown()
        assert ray_.told[2:] == ["left", "let go", "given back"]

    def test_code_of_ones_own_in_another_folder_does_not_use_it_again(
        self, ray_: Ray, caplog: pytest.LogCaptureFixture
    ) -> None:
        for uses_folder in (False, False, True):
            with connected(None, "cpu", True, uses_folder):  # type: ignore[arg-type]
                pass
        assert ray_.told == ["borrowed", "joined", "left", "let go", "given back", "borrowed with its folder", "joined"]
        assert "it was started in /elsewhere, where code of your own would look for files" in caplog.text

    def test_one_of_its_own_is_asked_for(self, ray_: Ray, caplog: pytest.LogCaptureFixture) -> None:
        run(address="local", keep=False)
        assert ray_.told == ["joined", "left", "let go"]
        run()
        run(address="local")
        assert ray_.told[3:] == ["borrowed with its folder", "joined", "left", "let go", "given back", "joined"]
        assert "a Ray of its own is asked for" in caplog.text

    def test_one_that_does_not_answer_is_not_used(
        self, ray_: Ray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(address: str) -> str:
            raise InputError(Problem("--address", "no cluster answers", address))

        monkeypatch.setattr(connection, "find_cluster", fail)
        run(keep=False)
        assert ray_.told == ["borrowed with its folder", "given back", "joined", "left", "let go"]
        assert "no cluster answers" in caplog.text
