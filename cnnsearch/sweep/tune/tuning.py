"""Tune runs the trials: what it is given, and what is left of it when it is through."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ray import tune

from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.turns.turns import Turns
from cnnsearch.study.record.sessions import with_begin
from cnnsearch.study.store.temporary import new_folder
from cnnsearch.sweep.cluster import warm_workers
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.cluster.warm_workers import SweepWorkers
from cnnsearch.sweep.ray_private.tune_controller import fit_for_short_trials
from cnnsearch.sweep.session import Session
from cnnsearch.sweep.signals import Stop
from cnnsearch.sweep.tune.adapters import Ending, Gate, LedgerCallback, LedgerSearcher
from cnnsearch.sweep.tune.lanes import lane_request
from cnnsearch.sweep.tune.scheduler import OBJECTIVE, TuneScheduler
from cnnsearch.sweep.worker.context import SweepContext
from cnnsearch.sweep.worker.trainable import TrialWorker

__all__ = ["alone", "tune_trials"]

_LOG = logging.getLogger("cnnsearch")

_TUNE = threading.Lock()
"""Tune is changed inside for the whole process while a sweep runs, and knows what it trains by one name: another sweep
in another thread could be given the data of this one."""

_LOOKED = 0.5

_MOST_AT_ONCE = 10_000
"""Trials at once for Tune: more than any cluster runs, as the ledger knows for how many there is room."""


def tune_trials(
    session: Session,
    turns: Turns,
    search: Ledger,
    context: SweepContext,
    stop: Stop,
    listen: Callable[[], bool],
) -> str | None:
    """Let Tune run the trials.

    Args:
        session: what is run.
        turns: what proposes the jobs and hears of their ends.
        search: of them the one on which a scheduler decides.
        context: what every worker is given.
        stop: somebody's wish that the sweep end.
        listen: answers what users ask of the sweep, again and again; whether one wants it to end.

    Returns:
        Why the sweep ended before its trials were over: ``interrupted``, ``minutes``; ``None``: they are over.

    Raises:
        SweepError: the sweep broke; what had ended is in the study. Where Ray has died, this process has left it.
    """
    gate, outage = Gate(), Outage.of_this_process()
    ending = Ending(turns, gate, listen)
    # No checkpoint goes through Tune and nothing is restored from its files, so only the driver need see them.
    own_files = new_folder("tune")
    warm = warm_workers.here()
    lender = None if warm is None else SweepWorkers(warm, TrialWorker, context)
    worker = tune.with_parameters(TrialWorker, sweep=context) if lender is None else TrialWorker
    tuner = tune.Tuner(
        tune.with_resources(worker, lane_request),
        tune_config=_tune_config(session, search, LedgerSearcher(turns, ending.fail, gate)),
        run_config=_run_config(own_files, ending, LedgerCallback(turns, ending.fail, gate, outage)),
    )
    try:
        with stop.calling(ending.interrupt), alone(ending.is_asked) as waited:
            if ending.why is None:
                if waited:
                    _begin_anew(session, search, waited)
                with fit_for_short_trials(session.findings.places.closed, lender):
                    beside_ray(tuner.fit, ending.abandon, outage)
    finally:
        shutil.rmtree(own_files, ignore_errors=True)
    ending.check()
    return ending.why


@contextlib.contextmanager
def alone(is_over: Callable[[], bool]) -> Iterator[float]:
    """While it lasts, no other sweep of this process is in Tune; one that runs there is waited for.

    Args:
        is_over: asked again and again while it is, whether to wait no more: the sweep is not to begin.

    Returns:
        Seconds that it has waited.
    """
    has_it, began = _TUNE.acquire(blocking=False), time.monotonic()
    is_first = has_it
    if not is_first:
        _LOG.warning("another sweep runs in this process: this one begins its trials when that one has ended")
    while not has_it and not is_over():
        has_it = _TUNE.acquire(timeout=_LOOKED)
    try:
        yield 0.0 if is_first else time.monotonic() - began
    finally:
        if has_it:
            _TUNE.release()


def _begin_anew(session: Session, search: Ledger, waited: float) -> None:
    """For the budget's minutes, of this driver and of whoever resumes, it is as if nobody had been waited for."""
    search.postpone(waited)
    environment = session.store.read_json("environment.json")
    session.store.write_json("environment.json", with_begin(environment, session.clock.now()))


def _tune_config(session: Session, search: Ledger, searcher: LedgerSearcher) -> tune.TuneConfig:
    return tune.TuneConfig(
        metric=OBJECTIVE,
        mode=session.experiment.objective.mode,
        search_alg=searcher,
        scheduler=TuneScheduler(search.decisions, session.experiment.objective),
        num_samples=-1,
        max_concurrent_trials=_MOST_AT_ONCE,
        reuse_actors=True,
    )


def _run_config(own_files: Path, ending: Ending, callback: LedgerCallback) -> tune.RunConfig:
    return tune.RunConfig(
        name=own_files.name,
        storage_path=str(own_files.parent),
        stop=ending,
        callbacks=[callback],
        # Tune gives up a trial whose warm worker dies while it is handed over: the ledger proposes it again.
        failure_config=tune.FailureConfig(max_failures=0),
        checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False, num_to_keep=1),
        verbose=0,
    )
