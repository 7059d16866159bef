from __future__ import annotations

import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.errors import RayLostError, StorageError
from cnnsearch.experiment import Demand
from cnnsearch.search.deaths import DIED, MEMORY
from cnnsearch.search.jobs import FinalistRun
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.job_config import as_config
from cnnsearch.sweep.tune.adapters import Gate, LedgerCallback
from cnnsearch.sweep.worker.worker import WorkerSpentError

JOB = FinalistRun(number=7, lane=0, holds=Demand(), config={}, seed=1)


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
        (raised(StorageError("cannot write s3://b/x: full")), [], [(StorageError, "cannot write s3://b/x: full")]),
        (raised(RayLostError("Ray has lost it")), [], [(RayLostError, "Ray has lost it")]),
    ],
)
def test_what_the_error_of_a_worker_means(
    tmp_path: Path, error: str | None, heard: list[Any], failed: list[Any]
) -> None:
    if error is not None:
        (tmp_path / "error.txt").write_text(error)
    assert told(Gate(), [], error and str(tmp_path / "error.txt")) == (heard, failed)


@pytest.mark.parametrize("ended", ["raylet", "gcs_server"])
def test_a_worker_that_died_with_its_ray_has_not_died(ended: str) -> None:
    heard, ((kind, words),) = told(Gate(), [ended])
    assert (heard, kind) == ([], RayLostError)
    assert words.startswith("Ray has died on this machine")


def test_what_comes_late_changes_nothing() -> None:
    gate = Gate()
    gate.close()
    assert told(gate, []) == ([], [])


def told(gate: Gate, ended: list[str], error_file: str | None = None) -> tuple[list[Any], list[Any]]:
    """What the ledger hears where a worker died, and what ends the sweep."""
    ledger, errors = Told(), []
    callback = LedgerCallback(ledger, errors.append, gate, Outage(lambda: ended, lambda: True))  # type: ignore[arg-type]
    callback.on_trial_error(1, [], SimpleNamespace(config=as_config(JOB), error_file=error_file))
    return ledger.heard, [(type(each), str(each)) for each in errors]
