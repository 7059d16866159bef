"""What Ray Tune calls while a sweep runs: a searcher, a callback, a stopper. Each passes on to the ledger.

The Tuner pickles all three when it starts; what they pass on to stays in this process, so it is left out there.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray.tune import Callback, Stopper
from ray.tune.search import Searcher

from cnnsearch.errors import RayLostError, StorageError, SweepError
from cnnsearch.search.deaths import DIED, MEMORY, died_of
from cnnsearch.search.turns.turns import Turns
from cnnsearch.study.record.lines import from_report
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.job_config import as_config, job_of
from cnnsearch.sweep.tune.scheduler import TOLD
from cnnsearch.sweep.worker.trainable import PRINTED
from cnnsearch.sweep.worker.worker import WorkerSpentError

__all__ = ["Ending", "Gate", "LedgerCallback", "LedgerSearcher"]


_UNDER_WAY = 5.0
"""Seconds for Tune to come to the gate once it is closed: it asks ten times a second, unless it hangs in a dead Ray."""

_MEMORY_MONITOR = ("OutOfMemoryError", "running low on memory")
"""What Ray says of a worker that its memory monitor ended."""

_RAISED = '  File "'
"""In a traceback of Python's; Ray's own words of a process that is gone have none."""

_MOST = 300
"""Letters of an error that are told."""

_ENDS: dict[str, type[SweepError]] = {each.__name__: each for each in (StorageError, RayLostError)}
_ENDING = re.compile(rf"({'|'.join(_ENDS)}): (.+)")
"""In the traceback of a worker that could not leave in the study what a trial gave, or was not given its data."""


class Gate:
    """What Tune calls passes on to the ledger through here, as long as it is open. Then its thread comes to rest here.

    Tune would go on calling a Ray that is being left, from what it does to clean up too.
    """

    def __init__(self) -> None:
        self._is_closed = False
        self._is_at_rest = threading.Event()

    def close(self) -> None:
        """Let nothing through any more, and wait for Tune's thread to come here, unless it hangs in a dead Ray."""
        self._is_closed = True
        self._is_at_rest.wait(_UNDER_WAY)

    def passed(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """What ``act`` gives. Where the gate is closed it never returns."""
        if self._is_closed:
            self._is_at_rest.set()
            threading.Event().wait()
        return act(*arguments)


class LedgerSearcher(Searcher):
    """Proposes what the ledger proposes. The ledger hears of results from the callback.

    An error of the ledger ends the sweep, and Tune does not see it.
    """

    def __init__(self, ledger: Turns, fail: Callable[[Exception], None], gate: Gate) -> None:
        super().__init__()
        self._ledger = ledger
        self._fail = fail
        self._gate = gate

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def suggest(self, trial_id: str) -> Any:
        try:
            job = self._gate.passed(self._ledger.propose)
            if job is not None:
                return as_config(job)
            # None: nothing now. A trial that still runs may lose its worker and be proposed again.
            return Searcher.FINISHED if self._ledger.is_over else None
        except Exception as error:  # noqa: BLE001 - as in the callback
            self._fail(error)
            return Searcher.FINISHED

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        pass

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the study is the record."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: the study is the record."""


class LedgerCallback(Callback):
    """Tells the ledger what Tune tells. An error of the ledger ends the sweep, and Tune does not see it."""

    def __init__(self, ledger: Turns, fail: Callable[[Exception], None], gate: Gate, outage: Outage) -> None:
        self._ledger = ledger
        self._fail = fail
        self._gate = gate
        self._outage = outage

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def on_trial_result(self, iteration: int, trials: Any, trial: Any, result: dict[str, Any], **info: Any) -> None:
        if PRINTED in result:
            self._guard(self._ledger.log, job_of(trial.config).number, result[PRINTED])
        asked = not result.get("finished")  # of what has finished, Tune asks the scheduler nothing
        self._guard(self._ledger.report, job_of(trial.config).number, from_report(result[TOLD]), asked)

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._guard(self._ledger.end, job_of(trial.config).number, bool(trial.last_result.get("finished")))

    def on_trial_error(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        error = _error_of(trial)
        if ending := _ENDING.search(error):
            self._fail(_ENDS[ending[1]](ending[2]))
        elif WorkerSpentError.__name__ in error:
            self._guard(self._ledger.give_back, job_of(trial.config).number)
        elif died := self._outage.what():  # and its workers with it: no death of this one
            self._fail(RayLostError(died))
        else:
            self._guard(self._ledger.lose, job_of(trial.config).number, _death_in(error))

    def _guard(self, act: Callable[..., None], *arguments: Any) -> None:
        try:
            self._gate.passed(act, *arguments)
        except Exception as error:  # noqa: BLE001 - it is raised again by the runner, once Tune has let go
            self._fail(error)


def _death_in(error: str) -> str:
    """Why a worker died, by what Tune has kept: nothing where it was ended from outside, or what was raised in it."""
    if any(sign in error for sign in _MEMORY_MONITOR):
        return MEMORY
    last = error.rpartition("\nFailure # ")[2].rstrip()  # of a file that holds earlier ones too
    return died_of(last.splitlines()[-1].strip()[:_MOST]) if _RAISED in last else DIED


def _error_of(trial: Any) -> str:
    """The traceback that Tune has just written; its own ``get_error`` looks where that is copied to later."""
    try:
        return Path(trial.error_file or "").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


class Ending(Stopper):
    """Ends the sweep where the minutes are over, somebody asked for it, or it broke; trials in flight are interrupted.

    Args:
        ledger: tells when the minutes are over.
        gate: to the ledger, closed where nobody waits for Tune any more.
        listen: called at every turn of Tune's loop: answers what users ask of the sweep; whether one wants it to end.
    """

    def __init__(self, ledger: Turns, gate: Gate, listen: Callable[[], bool] = lambda: False) -> None:
        self._ledger = ledger
        self._gate = gate
        self._listen = listen
        self._asked: str | None = None
        self._error: Exception | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def interrupt(self) -> None:
        """Somebody wants the sweep to end."""
        self._ask("interrupted")

    def fail(self, error: Exception) -> None:
        """The sweep cannot go on; the first error counts."""
        self._error = self._error or error
        self._ask("failed")

    def abandon(self) -> None:
        """Nobody waits for Tune any more: whatever it still calls changes nothing."""
        self._gate.close()
        self._ask("failed")

    @property
    def why(self) -> str | None:
        """``interrupted``, ``minutes`` or ``failed``; ``None`` while the sweep may go on."""
        return self._asked

    def check(self) -> None:
        """See whether the sweep broke.

        Raises:
            SweepError: it did.
        """
        error = self._error
        if error is not None:
            raise error if isinstance(error, SweepError) else SweepError(f"{type(error).__name__}: {error}") from error

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return self._ledger.cuts(job_of(result["config"]).number)

    def is_asked(self) -> bool:
        """Answer what users ask; whether the sweep is to end, however much of its minutes is left."""
        try:
            if self._gate.passed(self._listen):
                self.interrupt()
        except Exception as error:  # noqa: BLE001 - as in the callback
            self.fail(error)
        return self._asked is not None

    def stop_all(self) -> bool:
        if not self.is_asked() and self._ledger.is_late:
            self._ask("minutes")
        return self._asked is not None

    def _ask(self, why: str) -> None:
        """End the sweep at the next turn; the first reason counts."""
        self._asked = self._asked or why
