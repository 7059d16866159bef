from __future__ import annotations

import threading
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.search import Searcher

from cnnsearch.errors import RayLostError, StorageError, SweepError
from cnnsearch.experiment import Demand
from cnnsearch.search.deaths import DIED, MEMORY
from cnnsearch.search.jobs import FinalistRun
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.job_config import as_config
from cnnsearch.sweep.tune import adapters
from cnnsearch.sweep.tune.adapters import Ending, Gate, LedgerCallback, LedgerSearcher
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
        (raised(AttributeError("it has no epochs")), [(f"{DIED}: AttributeError: it has no epochs", 7)], []),
        (
            f"Failure # 1\n{raised(ValueError('before'))}\nFailure # 2\nThe actor died unexpectedly.",
            [(DIED, 7)],
            [],
        ),
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


def test_what_comes_late_comes_to_rest_and_changes_nothing() -> None:
    """Tune's thread calls no Ray any more while this process leaves it."""
    gate, heard = Gate(), []
    is_under_way, may_end = threading.Event(), threading.Event()

    def act() -> None:
        is_under_way.set()
        may_end.wait()

    def tune() -> None:
        gate.passed(act)
        gate.passed(heard.append, "late")
        heard.append("it went on")

    thread = threading.Thread(target=tune, daemon=True)
    thread.start()
    is_under_way.wait()
    closing = threading.Thread(target=gate.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive(), "what was under way comes to its end first"
    may_end.set()
    closing.join()
    assert (heard, thread.is_alive()) == ([], True)


def test_what_hangs_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "_UNDER_WAY", 0.01)
    ending = Ending(Turns(), Gate())  # type: ignore[arg-type]
    ending.abandon()
    assert ending.why == "failed"


def told(gate: Gate, ended: list[str], error_file: str | None = None) -> tuple[list[Any], list[Any]]:
    """What the ledger hears where a worker died, and what ends the sweep."""
    ledger, errors = Told(), []
    callback = LedgerCallback(ledger, errors.append, gate, Outage(lambda: ended, lambda: True))  # type: ignore[arg-type]
    callback.on_trial_error(1, [], SimpleNamespace(config=as_config(JOB), error_file=error_file))
    return ledger.heard, [(type(each), str(each)) for each in errors]


class Turns:
    """Stands for the turns: gives one job, then is over when a test says so."""

    def __init__(self) -> None:
        self.jobs = [JOB]
        self.is_over = self.is_late = False

    def propose(self) -> FinalistRun | None:
        return self.jobs.pop() if self.jobs else None


def test_tune_is_given_jobs_until_all_is_over() -> None:
    turns, errors = Turns(), []
    searcher = LedgerSearcher(turns, errors.append, Gate())  # type: ignore[arg-type]
    assert searcher.suggest("a") == as_config(JOB)
    assert searcher.suggest("b") is None
    turns.is_over = True
    assert searcher.suggest("b") == Searcher.FINISHED
    turns.propose = lambda: 1 / 0  # type: ignore[method-assign]
    assert searcher.suggest("c") == Searcher.FINISHED
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_the_first_reason_ends_the_sweep_and_an_error_is_raised_when_tune_has_let_go() -> None:
    turns, gate = Turns(), Gate()
    ending = Ending(turns, gate)  # type: ignore[arg-type]
    assert not ending.stop_all()
    ending.check()
    turns.is_late = True
    assert not ending.is_asked()  # as while another sweep is waited for
    assert ending.stop_all()
    ending.interrupt()
    assert ending.why == "minutes"
    ending.fail(ValueError("odd"))
    ending.fail(StorageError("full"))
    assert ending.why == "minutes"
    with pytest.raises(SweepError, match=r"^ValueError: odd$"):
        ending.check()
    other = Ending(turns, gate)  # type: ignore[arg-type]
    other.fail(StorageError("full"))
    with pytest.raises(StorageError, match=r"^full$"):
        other.check()


def test_users_are_listened_to_at_every_turn_and_may_end_the_sweep() -> None:
    answers = [False, True]
    ending = Ending(Turns(), Gate(), lambda: answers.pop(0))  # type: ignore[arg-type]
    assert not ending.stop_all()
    assert ending.is_asked()
    assert ending.why == "interrupted"
    broken = Ending(Turns(), Gate(), lambda: 1 / 0 > 0)  # type: ignore[arg-type]
    assert broken.stop_all()
    with pytest.raises(SweepError, match="ZeroDivisionError"):
        broken.check()
