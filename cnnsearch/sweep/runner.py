"""run: from an experiment to a study."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.catalog.sources import ArraysSource
from cnnsearch.data import Dataset, Split, load_dataset, split_dataset
from cnnsearch.errors import InputError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.transfer_problems import too_small
from cnnsearch.models.own import find_own
from cnnsearch.study import Study
from cnnsearch.study.environment import describe_environment
from cnnsearch.study.folder import Output, check_writable, output_of
from cnnsearch.study.hold import start_study
from cnnsearch.study.store import Store, is_uri
from cnnsearch.sweep.checkpoints import delete_all_but
from cnnsearch.sweep.connection import connected, find_dashboard
from cnnsearch.sweep.finalists import Finals
from cnnsearch.sweep.ledger import Ledger, Progress
from cnnsearch.sweep.mistakes import save_mistakes
from cnnsearch.sweep.notification import End, notifying
from cnnsearch.sweep.rebuilding import Past, rebuild_decisions
from cnnsearch.sweep.tracking import check_tracking, start_tracking
from cnnsearch.sweep.turns import Turns
from cnnsearch.sweep.weights import find_weights, with_absolute_weights

if TYPE_CHECKING:
    from cnnsearch.sweep.places import Places
    from cnnsearch.sweep.trainable import SweepContext

__all__ = ["Found", "carry_out", "load_data", "run", "with_absolute_paths"]

_MOST_AT_ONCE = 10_000
"""Trials at once for Tune: more than any cluster runs, as the ledger knows for how many there is room."""


def run(
    experiment: Experiment,
    output: Output | None = None,
    address: str | None = None,
    observe: Callable[[Progress], None] = lambda _: None,
) -> Study:
    """Run a sweep to its end and write its report.

    The first Ctrl-C or SIGTERM, or the end of the budget's minutes, ends it cleanly: trials in flight are
    interrupted, the study and its report are written. The second Ctrl-C ends the process at once.

    Args:
        experiment: what to run; relative paths in it are relative to the working directory.
        output: path or URI of a folder that holds studies; this one gets a new folder in it, nothing is overwritten.
            Left out, the experiment's ``storage``, or ``results`` in the working directory.
        address: of a running Ray cluster, ``auto`` or ``HOST:PORT``; left out, Ray is started on this machine, or
            the one that this process has already started is used.
        observe: called with the progress whenever something happened.

    Returns:
        The study; ``study.interrupted`` tells whether somebody ended it early.

    Raises:
        InputError: the data or the resources cannot be used; nothing was started.
        SweepError: no trial gave a value, or the study could not be written; what had ended is in the study.
    """
    output = output_of(experiment, output)
    experiment = with_absolute_weights(with_absolute_paths(experiment), output)

    def begin(found: Found, held: contextlib.ExitStack) -> tuple[Store, None]:
        store, hold = start_study(output, experiment.name)
        held.enter_context(hold)
        store.write("experiment.yaml", experiment.to_yaml())
        store.write_json("environment.json", found.environment)
        return store, None

    return carry_out(experiment, output, address, observe, begin)


@dataclass(frozen=True)
class Found:
    """What a driver found before the first trial.

    Attributes:
        dataset, split: the data.
        environment: as ``environment.json`` has it.
    """

    dataset: Dataset
    split: Split
    environment: dict[str, Any]


Begin = Callable[[Found, contextlib.ExitStack], tuple[Store, Past | None]]
"""Given what was found, makes a study and holds it, or agrees to go on with one; gives its store, its record so far."""


def carry_out(
    experiment: Experiment,
    output: Output,
    address: str | None,
    observe: Callable[[Progress], None],
    begin: Begin,
    spent: float = 0.0,
) -> Study:
    """Run a sweep, or what is left of one, to its end and write its report.

    Args:
        experiment: what is run; its paths are absolute.
        output: path or URI of the folder that its study is in.
        address, observe: as of :func:`run`.
        begin: the study; what must be released in the end goes into the stack that it is given.
        spent: seconds of the budget's minutes that are over.

    Raises:
        InputError, SweepError: as :func:`run`.
    """
    with notifying(experiment.notify) as end, contextlib.ExitStack() as held:
        end.study = _carried_out(experiment, output, address, observe, begin, spent, end, held)
    return end.study


def _carried_out(
    experiment: Experiment,
    output: Output,
    address: str | None,
    observe: Callable[[Progress], None],
    begin: Begin,
    spent: float,
    end: End,
    held: contextlib.ExitStack,
) -> Study:
    check_tracking(experiment.tracking)
    check_writable(str(output))
    own = find_own(experiment.model) if ":" in experiment.model else None
    began = time.time()
    with connected(address, experiment.resources):
        from cnnsearch.sweep.node_check import check_nodes
        from cnnsearch.sweep.nodes import find_places

        places = find_places(experiment.resources)
        check_nodes(None if is_uri(output) else Path(output))
        weights = find_weights(experiment)
        reached = time.time()
        dataset, split = load_data(experiment)
        startup = {"began": began, "ray_seconds": reached - began, "data_seconds": time.time() - reached}
        found = Found(dataset, split, describe_environment(dataset.describe(split), startup, weights))
        store, past = begin(found, held)
        held.callback(_close, store)
        end.location = store.location
        from cnnsearch.sweep.stages import start_stages
        from cnnsearch.sweep.trainable import SweepContext

        ledger = Ledger(store, experiment, list(dataset.classes), places, observe, past, spent)
        ledger.dashboard = find_dashboard()
        turns = _turns(experiment, store, ledger, dataset, split, places)
        with (
            contextlib.closing(start_stages(dataset, split, experiment.features.budget_gb)) as stages,
            contextlib.closing(start_tracking(experiment, store.name, store.location)) as followers,
        ):
            ledger.follow(followers)
            context = SweepContext(_without_arrays(experiment), stages, store, own)
            why = _sweep(experiment, turns, context, places, past)
            store.write_json("stages.json", stages.uses())
    store.close()
    study = Study.load(store)
    delete_all_but(store, study.in_flight)
    study.interrupted = why == "interrupted"
    if study.best is not None:
        save_mistakes(study, dataset, split)
    elif not study.interrupted and ledger.ended:
        study.report()
        failed = ledger.ended["FAILED"]
        raise SweepError(f"all {failed} trials failed; the last one: {ledger.last_reason} ({store.location})")
    study.report()
    return study


def _close(store: Store) -> None:
    """Keep what was told, also where the sweep broke; where that is why it broke, it has been said."""
    with contextlib.suppress(SweepError):
        store.close()


def load_data(experiment: Experiment) -> tuple[Dataset, Split]:
    """The labelled pictures of an experiment and their split.

    Raises:
        InputError: the data cannot be used.
    """
    from cnnsearch.training.trial import size_of

    source = experiment.dataset
    likely = {name: next(iter(experiment.space[name].values())) for name in ("image_size",) if name in experiment.space}
    dataset = load_dataset(source, size_of(experiment.filled(likely)), experiment.seed)
    if experiment.model == "transfer":
        size = size_of(experiment.filled({})) or dataset.pictures.shape
        problems = too_small(experiment.space, size and min(size))
        if problems:
            raise InputError(problems)
    return dataset, split_dataset(dataset, source.validation, source.test, experiment.seed)


def _turns(
    experiment: Experiment, store: Store, ledger: Ledger, dataset: Dataset, split: Split, places: Places
) -> Turns:
    """The search, and what follows it."""
    if experiment.finalists is None:
        return Turns(ledger, None)
    classes, has_test = list(dataset.classes), len(split.test) > 0
    return Turns(ledger, lambda: Finals(store, experiment, classes, places, has_test, ledger.tell_finalists))


def _sweep(
    experiment: Experiment,
    turns: Turns,
    context: SweepContext,
    places: Places,
    past: Past | None = None,
) -> str | None:
    """Let Tune run the trials; returns why the sweep ended before its trials were over, if it did."""
    from ray import tune

    from cnnsearch.sweep.audit import Audit
    from cnnsearch.sweep.decisions import Decisions
    from cnnsearch.sweep.lanes import LaneRequest
    from cnnsearch.sweep.scheduler import OBJECTIVE, make_scheduler
    from cnnsearch.sweep.trainable import TrialWorker
    from cnnsearch.sweep.tune_adapters import Ending, LedgerCallback, LedgerSearcher
    from cnnsearch.sweep.tune_internals import fit_for_short_trials

    ending = Ending(turns)
    failures: list[Exception] = []

    def fail(error: Exception) -> None:
        failures.append(error)
        ending.ask("failed")

    mode, metric = experiment.objective.mode or "max", experiment.objective.metric
    scheduler = make_scheduler(experiment.scheduler, experiment.epochs)
    audit = Audit(scheduler, experiment.scheduler.get("audit"), experiment.seed, turns.audit)
    decisions = Decisions(audit, mode)
    if past is not None:
        rebuild_decisions(past, decisions, metric)
    worker = tune.with_resources(
        tune.with_parameters(TrialWorker, sweep=context),
        lambda config: LaneRequest(config["lane"], config["holds"]),
    )
    # No checkpoint goes through Tune and nothing is restored from its files, so only the driver need see them.
    own_files = Path(tempfile.mkdtemp(prefix="cnnsearch-tune-"))
    tuner = tune.Tuner(
        worker,
        tune_config=tune.TuneConfig(
            metric=OBJECTIVE,
            mode=experiment.objective.mode,
            search_alg=LedgerSearcher(turns, fail),
            scheduler=decisions,
            num_samples=-1,
            max_concurrent_trials=_MOST_AT_ONCE,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name=own_files.name,
            storage_path=str(own_files.parent),
            stop=ending,
            callbacks=[LedgerCallback(turns, fail)],
            # Tune gives up a trial whose warm worker dies while it is handed over: the ledger proposes it again.
            failure_config=tune.FailureConfig(max_failures=0),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False, num_to_keep=1),
            verbose=0,
        ),
    )
    try:
        with _signals(lambda: ending.ask("interrupted")), fit_for_short_trials(places.closed):
            tuner.fit()
    finally:
        shutil.rmtree(own_files, ignore_errors=True)
    if failures:
        error = failures[0]
        raise error if isinstance(error, SweepError) else SweepError(f"{type(error).__name__}: {error}") from error
    return ending.why


@contextlib.contextmanager
def _signals(ask: Callable[[], None]) -> Iterator[None]:
    """The first SIGINT or SIGTERM asks for the end, the second is the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals; a notebook's worker thread is ended by its minutes
        return
    seen: list[int] = []

    def handle(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of a handler
        if seen:
            os._exit(130)
        seen.append(number)
        ask()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def with_absolute_paths(experiment: Experiment) -> Experiment:
    """Paths as every worker will find them, wherever it runs, and as `resume` will, wherever it is called."""
    paths = {
        "dataset.path": getattr(experiment.dataset, "path", None),
        "tracking.tensorboard": experiment.tracking.tensorboard,
    }
    found = {key: path for key, path in paths.items() if path is not None and "://" not in str(path)}
    if not found:
        return experiment
    return experiment.updated({key: str(Path(path).expanduser().resolve()) for key, path in found.items()})


def _without_arrays(experiment: Experiment) -> Experiment:
    """Workers get their data through the stages: arrays in memory are not sent along with the experiment."""
    if not isinstance(experiment.dataset, ArraysSource):
        return experiment
    bare = dict.fromkeys(("x", "y", "x_validation", "y_validation", "x_test", "y_test"))
    return experiment.model_copy(update={"dataset": experiment.dataset.model_copy(update=bare)})
