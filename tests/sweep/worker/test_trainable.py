"""A worker between two sweeps, in this process: what it lets go of, and when its process ends."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.cache import told
from cnnsearch.experiment import Demand
from cnnsearch.study.record.lines import Ended, Reading, Report
from cnnsearch.sweep.job_config import as_config
from cnnsearch.sweep.worker import trainable
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.trainable import TrialWorker


class Gone(Exception):  # noqa: N818 - no error
    """The process ends."""


class Work:
    """Stands in for what does the jobs."""

    def __init__(self, workshop: Any, job: Any) -> None:
        self.workshop = workshop
        self.jobs = [job]

    def begin(self, job: Any) -> None:
        self.jobs.append(job)

    def step(self) -> Step:
        if self.jobs[-1].fails:
            raise ValueError("of the worker")
        if self.jobs[-1].reason:
            trial: dict[str, Any] = {
                "state": "FAILED",
                "end_reason": "error",
                "value": None,
                "started": 0.0,
                "ended": 1.0,
            }
            traceback = "Traceback" if self.jobs[-1].reason == "InternalError" else None
            end = Ended(trial=0, seed=0, reason=self.jobs[-1].reason, traceback=traceback, **trial)
            return Step(told=Report((), end), finished=True)
        return Step(told=Report((), Reading()), finished=True)

    def leave(self) -> None:
        self.jobs.clear()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> TrialWorker:
    """One that has done a job."""

    def end() -> None:
        raise Gone

    monkeypatch.setattr("ray.actor.exit_actor", end)
    monkeypatch.setattr("ray.get_runtime_context", lambda: SimpleNamespace(get_node_id=lambda: "node"))
    monkeypatch.setattr(trainable, "Worker", Work)
    monkeypatch.setattr(trainable, "pin_hardware", lambda *_: None)
    monkeypatch.setattr(trainable, "private_bytes", lambda: 2**20)
    monkeypatch.setattr(trainable, "little_memory", lambda: None)
    monkeypatch.setattr(TrialWorker, "workshop", lambda _, sweep, *__: sweep)
    made = TrialWorker(config_of(), storage(), sweep("first"))
    made.step()
    return made


class Sweep(SimpleNamespace):
    """What every worker of a sweep is given; it can be watched."""


def sweep(name: str, code: Any = None) -> Any:
    return Sweep(name=name, code=code)


def config_of(fails: bool = False, gpus: float = 0, reason: str = "") -> dict[str, Any]:
    return as_config(SimpleNamespace(fails=fails, reason=reason, holds=Demand(1, gpus)))  # type: ignore[arg-type]


def storage() -> Any:
    folder = Path.cwd()
    return SimpleNamespace(trial_fs_path=str(folder), trial_working_directory=str(folder))


def test_it_waits_without_anything_of_its_sweep(worker: TrialWorker) -> None:
    watched = weakref.ref(worker._sweep)
    worker.stop()
    worker.rest()
    gc.collect()
    assert worker.is_resting()
    assert watched() is None
    with pytest.raises(RuntimeError, match="has no job"):
        worker.step()


def test_what_is_wrong_with_the_cache_is_told_once_a_sweep(
    worker: TrialWorker, caplog: pytest.LogCaptureFixture
) -> None:
    def told_times() -> int:
        told.tell(Path("kept"), "is full")
        return caplog.text.count("cache kept: is full")

    assert [told_times(), told_times()] == [1, 1]
    worker.reset_config(config_of())
    assert told_times() == 1
    worker.rest()
    worker.renew(config_of(), storage(), sweep("second"))
    assert [told_times(), told_times()] == [2, 2]


def test_it_begins_another_sweep(worker: TrialWorker) -> None:
    worker.rest()
    worker.renew(config_of(), storage(), sweep("second"))
    assert not worker.is_resting()
    assert worker.step()["finished"]
    assert worker._worker.workshop.name == "second"  # type: ignore[union-attr]
    assert worker.reset_config(config_of())
    assert len(worker._worker.jobs) == 2  # type: ignore[union-attr]
    worker.rest()
    assert worker.is_resting()


@pytest.mark.usefixtures("worker")  # for what stands in for Ray
def test_one_without_a_config_waits_for_its_first_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.tune.trainable.trainable.try_to_create_directory", lambda _: 1 / 0)  # it makes no folder
    told: list[Any] = []
    monkeypatch.setattr(trainable, "pin_hardware", lambda *held: told.append(held))
    monkeypatch.setattr(trainable, "import_for_training", lambda cpus: told.append(cpus))
    new = TrialWorker()
    assert new.is_resting()
    new.warm_up(1)
    assert told == [(1, 0), 1]
    new.renew(config_of(), storage(), sweep("first"))
    assert new.step()["finished"]
    assert new._worker.workshop.name == "first"  # type: ignore[union-attr]
    new.stop()
    new.rest()
    assert new.is_resting()


def test_what_keeps_it_from_beginning_is_told_by_its_job(worker: TrialWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.rest()
    monkeypatch.setattr(trainable, "pin_hardware", lambda *_: 1 / 0)
    worker.renew(config_of(), storage(), sweep("second"))
    with pytest.raises(ZeroDivisionError):
        worker.step()
    worker.stop()
    with pytest.raises(Gone):
        worker.rest()


@pytest.mark.parametrize(
    ("name", "found"),
    [("private_bytes", 2**31), ("little_memory", "the memory limit is 1.0 GB, of which 0.1 GB are free")],
)
def test_its_process_ends_where_it_takes_too_much(
    worker: TrialWorker, monkeypatch: pytest.MonkeyPatch, name: str, found: Any
) -> None:
    monkeypatch.setattr(trainable, name, lambda: found)
    with pytest.raises(Gone):
        worker.rest()


@pytest.mark.parametrize(("reason", "stays"), [("InternalError", False), ("the training diverged", True)])
def test_its_process_ends_where_a_trial_failed_by_what_nobody_expects(
    worker: TrialWorker, reason: str, stays: bool
) -> None:
    worker.reset_config(config_of(reason=reason))
    worker.step()
    worker.reset_config(config_of())
    worker.step()
    if stays:
        worker.rest()
        assert worker.is_resting()
    else:
        with pytest.raises(Gone):
            worker.rest()


@pytest.mark.parametrize(
    ("config", "code", "error"),
    [
        (config_of(fails=True), None, ValueError),
        (config_of(gpus=0.5), None, None),
        (config_of(), SimpleNamespace(provide=lambda: None), None),
    ],
    ids=["a job failed", "memory of a GPU", "code of the user's own"],
)
def test_its_process_ends_where_something_stays_in_it(
    worker: TrialWorker, config: dict[str, Any], code: Any, error: type[Exception] | None
) -> None:
    worker.rest()
    worker.renew(config, storage(), sweep("second", code))
    if error is None:
        worker.step()
    else:
        with pytest.raises(error):
            worker.step()
    with pytest.raises(Gone):
        worker.rest()
