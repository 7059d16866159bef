from __future__ import annotations

import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.errors import StorageError
from cnnsearch.sweep.deaths import DIED, MEMORY
from cnnsearch.sweep.trainable import WorkerSpentError
from cnnsearch.sweep.tune_adapters import LedgerCallback


class Told:
    """Stands for the ledger: remembers what it is told of trials that were lost."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def give_back(self, trial: int) -> None:
        self.heard.append(("spent", trial))

    def lose(self, trial: int, why: str) -> None:
        self.heard.append((why, trial))


def raised(error: Exception) -> str:
    """What Tune keeps of an error in a worker."""
    try:
        raise error
    except Exception:  # noqa: BLE001 - whatever it is
        return f"ray::TrialWorker.train() (pid=1)\n{traceback.format_exc()}"


@pytest.mark.parametrize(
    ("error", "heard", "failed"),
    [
        (raised(WorkerSpentError()), [("spent", 7)], []),
        ("The actor died unexpectedly before finishing this task.", [(DIED, 7)], []),
        ("Task was killed due to the node running low on memory.", [(MEMORY, 7)], []),
        (None, [(DIED, 7)], []),
        (raised(StorageError("cannot write s3://b/x: it is full")), [], ["cannot write s3://b/x: it is full"]),
    ],
)
def test_what_the_error_of_a_worker_means(
    tmp_path: Path, error: str | None, heard: list[Any], failed: list[str]
) -> None:
    ledger, errors = Told(), []
    callback = LedgerCallback(ledger, errors.append)  # type: ignore[arg-type]
    if error is not None:
        (tmp_path / "error.txt").write_text(error)
    trial = SimpleNamespace(config={"trial": 7}, error_file=error and str(tmp_path / "error.txt"))
    callback.on_trial_error(1, [], trial)
    assert ledger.heard == heard
    assert [(type(each), str(each)) for each in errors] == [(StorageError, text) for text in failed]
