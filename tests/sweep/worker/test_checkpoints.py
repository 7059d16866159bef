"""When a checkpoint is written, where, and which one is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.worker import checkpoints
from cnnsearch.sweep.worker.checkpoints import MOST_SHARE, Checkpoints, delete_all_but
from cnnsearch.training.checkpoint import Checkpoint


class Clock:
    """Stands for the module ``time``."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now


class Trainer:
    """Stands after an epoch; writing down where takes some seconds."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self.clock, self.seconds, self.epoch = clock, seconds, 0

    def checkpoint(self) -> Checkpoint | None:
        self.clock.now += self.seconds
        return Checkpoint({"epoch": self.epoch}, {"weights": np.ones(3)}) if self.epoch else None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(checkpoints, "time", made)
    return made


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def keep(kept: Checkpoints, trainer: Any, epoch: int) -> None:
    trainer.epoch = epoch
    kept.keep(trainer)


def test_is_due_after_enough_work(tmp_path: Path, clock: Clock) -> None:
    kept = Checkpoints(LocalStore(tmp_path), 3, 1, 10.0)
    clock.now += 50
    kept.begin()
    clock.now += 9.9
    assert not kept.is_due()
    assert kept.is_due(1.0)
    clock.now += 0.2
    assert kept.is_due()
    keep(kept, Trainer(clock), 4)
    assert not kept.is_due()
    assert kept.cost.written == 1


def test_slow_storage_is_written_to_less_often(tmp_path: Path, clock: Clock) -> None:
    kept = Checkpoints(LocalStore(tmp_path), 3, 1, 10.0)
    trainer = Trainer(clock, seconds=2.0)
    began = clock.now
    for epoch in range(1, 2000):
        clock.now += 1.0
        if kept.is_due():
            keep(kept, trainer, epoch)
    assert kept.written > 5
    assert kept.seconds / (clock.now - began) <= MOST_SHARE * 1.1


def test_the_last_one_of_an_attempt_only_is_kept(tmp_path: Path, clock: Clock) -> None:
    kept = Checkpoints(LocalStore(tmp_path), 3, 1, 0.0)
    for epoch in (1, 2, 3):
        keep(kept, Trainer(clock), epoch)
    assert files(tmp_path) == ["checkpoints/3/1/checkpoint.npz"]
    found = Checkpoints(LocalStore(tmp_path), 3, 2, 0.0).last()
    assert found is not None
    assert found.state["epoch"] == 3


def test_the_first_attempt_looks_for_none(tmp_path: Path, clock: Clock) -> None:
    keep(Checkpoints(LocalStore(tmp_path), 3, 1, 0.0), Trainer(clock), 5)
    assert Checkpoints(LocalStore(tmp_path), 3, 1, 0.0).last() is None
    assert Checkpoints(LocalStore(tmp_path), 30, 2, 0.0).last() is None


def test_an_orphan_that_still_writes_does_no_harm(tmp_path: Path, clock: Clock) -> None:
    """The worker of attempt 1 was given up, and does not know yet."""
    store = LocalStore(tmp_path)
    orphan, second = Checkpoints(store, 3, 1, 0.0), Checkpoints(store, 3, 2, 0.0)
    keep(orphan, Trainer(clock), 4)
    keep(second, Trainer(clock), 6)
    assert files(tmp_path) == ["checkpoints/3/2/checkpoint.npz"]
    keep(orphan, Trainer(clock), 5)
    found = Checkpoints(store, 3, 3, 0.0).last()
    assert found is not None
    assert found.state["epoch"] == 6


def test_a_torn_one_gives_way_to_an_earlier_one(tmp_path: Path, clock: Clock) -> None:
    store = LocalStore(tmp_path)
    keep(Checkpoints(store, 3, 1, 0.0), Trainer(clock), 4)
    store.write("checkpoints/3/2/checkpoint.npz", b"torn")
    found = Checkpoints(store, 3, 3, 0.0).last()
    assert found is not None
    assert found.state["epoch"] == 4


def test_where_there_is_nothing_to_keep_nothing_is_written(tmp_path: Path, clock: Clock) -> None:
    kept = Checkpoints(LocalStore(tmp_path), 3, 1, 0.0)
    keep(kept, Trainer(clock), 0)
    assert (files(tmp_path), kept.written) == ([], 0)
    assert Checkpoints(LocalStore(tmp_path), 3, 2, 0.0).last() is None


def test_what_serves_nobody_goes(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    names = ["3/1/checkpoint.npz", "3/1/model.keras", "4/1/checkpoint.npz", "1000000000/model.keras"]
    for name in names:
        store.write(f"checkpoints/{name}", b"")
    delete_all_but(store, {3})
    assert files(tmp_path) == ["checkpoints/3/1/checkpoint.npz"]
    delete_all_but(store, ())
    assert not (tmp_path / "checkpoints").exists()


def test_of_a_trial_that_waits_all_stays(tmp_path: Path) -> None:
    """It may end where it waits, and then its model is wanted."""
    store = LocalStore(tmp_path)
    for name in ("3/1/checkpoint.npz", "3/1/model.keras", "4/1/model.keras", "5/1/checkpoint.npz", "5/1/model.keras"):
        store.write(f"checkpoints/{name}", b"")
    delete_all_but(store, {3, 5}, waiting={3, 4})
    assert files(tmp_path) == [
        f"checkpoints/{name}" for name in ("3/1/checkpoint.npz", "3/1/model.keras", "5/1/checkpoint.npz")
    ]
